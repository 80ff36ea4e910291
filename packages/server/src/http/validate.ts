/** Requests to typed values: JSON bodies, query strings, ids. Whatever is not valid is refused with the path to it. */
import { isInstanceId } from '@wakeeper/lifecycle';
import type { Context, MiddlewareHandler } from 'hono';
import { z } from 'zod';
import type { AppEnv } from './app-env.js';
import { saying } from './described.js';
import { instanceId, recipient } from './field.js';
import { bodyTooLarge, type FieldError, Problem, type ProblemCode } from './problem.js';

const MOST_ERRORS = 20;
const LONGEST_NAME = 100;
const LONGEST_MESSAGE = 300;

const clip = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}…` : text;

/** `media.data`, `options[2]`: the way people write it. */
export const pathOf = (path: readonly PropertyKey[]): string =>
  clip(
    path
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
      .join('')
      .replace(/^\./, ''),
    LONGEST_NAME,
  );

function fieldErrors(issues: readonly z.core.$ZodIssue[]): readonly FieldError[] {
  return issues
    .flatMap((issue): FieldError[] =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .slice(0, MOST_ERRORS)
            .map((key) => ({ path: pathOf([...issue.path, key]), message: 'is not a known field' }))
        : [{ path: pathOf(issue.path), message: clip(issue.message, LONGEST_MESSAGE) }],
    )
    .slice(0, MOST_ERRORS);
}

/** Of a send, and of nothing else that happens to have a `to`. */
const hasRecipient = (schema: z.ZodType): boolean =>
  schema instanceof z.ZodObject && schema.shape.to === recipient;

/** A wrong recipient has a code of its own: it is the fault of an address book, not of the calling program. */
const codeOf = (schema: z.ZodType, issues: readonly z.core.$ZodIssue[]): ProblemCode =>
  hasRecipient(schema) && issues.every((issue) => issue.path[0] === 'to')
    ? 'RECIPIENT_INVALID'
    : 'INVALID_INPUT';

/** @throws Problem INVALID_INPUT (RECIPIENT_INVALID when only the recipient is wrong) */
export function check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = fieldErrors(result.error.issues);
  const detail = errors
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ');
  throw new Problem(codeOf(schema, result.error.issues), { detail: clip(detail, 1000), errors });
}

const isJson = (contentType: string): boolean => /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType);

/** Whether the caller has sent a body, whatever is left of it. */
const isSent = (c: Context): boolean => Number(c.req.header('content-length') ?? 0) > 0;

/** A form with files: it may be large, and is read as it comes by the routes that take one. */
export const isMultipart = (c: Context): boolean =>
  /^multipart\/form-data\s*(;|$)/i.test(c.req.header('content-type') ?? '');

const notJson = (): Problem =>
  new Problem('UNSUPPORTED_MEDIA_TYPE', { detail: 'Send the body as application/json.' });

const readBefore = (): Problem =>
  new Problem('INTERNAL_ERROR', {
    detail:
      'The application has read this body already. Mount wakeeper before every body parser, or keep the bytes as `rawBody` of the request.',
  });

/** How a body that nobody can read any more says so, in every runtime of ours. */
const isUsedUp = (thrown: unknown): boolean =>
  thrown instanceof TypeError && thrown.message.startsWith('Body is unusable');

/** @throws Problem BODY_TOO_LARGE as soon as there is more; what is left stays unread */
async function textOf(body: ReadableStream<Uint8Array>, mostBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body.values({ preventCancel: true })) {
    bytes += part.byteLength;
    if (bytes > mostBytes) throw bodyTooLarge();
    parts.push(part);
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}

/** @throws Problem BODY_TOO_LARGE; INTERNAL_ERROR when the application around has read it before */
async function readText(c: Context<AppEnv>): Promise<string> {
  const mostBytes = c.get('mostBytes');
  const { raw } = c.req;
  try {
    // What the application around has read by Hono's request is kept there.
    if (mostBytes !== undefined && !raw.bodyUsed) return raw.body ? await textOf(raw.body, mostBytes) : '';
    const text = await c.req.text();
    if (text !== '' || !isSent(c)) return text;
  } catch (error) {
    if (!isUsedUp(error)) throw error;
  }
  throw readBefore();
}

/**
 * The body as JSON; `{}` when there is none.
 * @throws Problem UNSUPPORTED_MEDIA_TYPE, INVALID_INPUT, BODY_TOO_LARGE; INTERNAL_ERROR when the application around has read it before
 */
async function readJson(c: Context<AppEnv>): Promise<unknown> {
  // Not read: nobody has looked at its size.
  if (isMultipart(c)) throw notJson();
  const text = await readText(c);
  c.set('hasBody', true);
  if (text === '') return {};
  if (!isJson(c.req.header('content-type') ?? '')) throw notJson();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Problem('INVALID_INPUT', {
      detail: 'The body is not valid JSON.',
      errors: [{ path: '', message: 'is not valid JSON' }],
    });
  }
}

export type Valid<Target extends string, S extends z.ZodType> = {
  in: { [K in Target]: z.input<S> };
  out: { [K in Target]: z.output<S> };
};

const BODY_PROBLEMS = ['INVALID_INPUT', 'UNSUPPORTED_MEDIA_TYPE', 'BODY_TOO_LARGE'] as const;

/** Checks the JSON body; the handler has it as `c.req.valid('json')`. A missing body counts as `{}`. */
export function body<S extends z.ZodType<object>>(
  schema: S,
): MiddlewareHandler<AppEnv, string, Valid<'json', S>> {
  const problems = [...BODY_PROBLEMS, ...(hasRecipient(schema) ? (['RECIPIENT_INVALID'] as const) : [])];
  return saying({ body: schema, problems }, async (c, next) => {
    c.req.addValidatedData('json', check(schema, await readJson(c)));
    await next();
  });
}

/** Refuses a body with anything in it, where a route takes none. */
export const noBody = body(z.strictObject({}));

/** Most requests have none; then nothing is taken apart. */
function queryOf(c: Context): object {
  if (!c.req.url.includes('?')) return {};
  const given = Object.entries(c.req.queries());
  return Object.fromEntries(given.map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

/** Checks the query string; the handler has it as `c.req.valid('query')`. */
export function query<S extends z.ZodObject>(
  schema: S,
): MiddlewareHandler<AppEnv, string, Valid<'query', S>> {
  return saying({ query: schema, problems: ['INVALID_INPUT'] }, (c, next) => {
    c.req.addValidatedData('query', check(schema, queryOf(c)));
    return next();
  });
}

/** Checks what stands in the path; the handler has it as `c.req.valid('param')`. */
export function params<S extends z.ZodObject>(
  schema: S,
): MiddlewareHandler<AppEnv, string, Valid<'param', S>> {
  return saying({ params: schema.shape, problems: ['INVALID_INPUT'] }, (c, next) => {
    c.req.addValidatedData('param', check(schema, c.req.param()));
    return next();
  });
}

export const noQuery = query(z.strictObject({}));

/** The instance of the path. @throws Problem INSTANCE_NOT_FOUND for what cannot be an id */
export const instance: MiddlewareHandler<AppEnv, '/:id'> = saying(
  { params: { id: instanceId }, problems: ['INSTANCE_NOT_FOUND'] },
  (c, next) => {
    const id = c.req.param('id');
    if (!isInstanceId(id))
      throw new Problem('INSTANCE_NOT_FOUND', {
        detail: 'No instance can have this id: it is 1 to 64 characters out of A-Z, a-z, 0-9, "_" and "-".',
      });
    c.set('instanceId', id);
    return next();
  },
);
