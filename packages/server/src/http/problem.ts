/**
 * Where errors meet HTTP: one table from error code to status, and the RFC 9457 body. Handlers throw and have no `try`.
 */
import { type ErrorCode, isLifecycleError, type Log, messageOf, type Receipt } from '@wakeeper/lifecycle';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import type { AppEnv } from './app-env.js';
import { isRead } from './request-frame.js';

/** The library's codes, and those that only HTTP knows. */
export type ProblemCode =
  | ErrorCode
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'ROUTE_NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'BODY_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'WEBHOOK_NOT_FOUND'
  | 'DELIVERY_NOT_FOUND'
  | 'WEBHOOK_LIMIT'
  | 'WEBHOOK_CONFIGURED'
  | 'MEDIA_OVER_LIMIT'
  | 'MEDIA_URL_REFUSED'
  | 'MEDIA_UNAVAILABLE'
  | 'SPOOL_UNAVAILABLE'
  | 'TOO_MANY_READERS'
  | 'INTERNAL_ERROR';

interface Entry {
  readonly status: ContentfulStatusCode;
  readonly title: string;
}

export const problems: Readonly<Record<ProblemCode, Entry>> = {
  INVALID_INPUT: { status: 400, title: 'The request is not valid' },
  RECIPIENT_INVALID: { status: 400, title: 'The recipient is not valid' },
  UNAUTHORIZED: { status: 401, title: 'A valid API key is needed' },
  FORBIDDEN: { status: 403, title: 'Not allowed from there' },
  INSTANCE_NOT_FOUND: { status: 404, title: 'No such instance' },
  QUEUE_ITEM_NOT_FOUND: { status: 404, title: 'No such queue item' },
  MESSAGE_NOT_FOUND: { status: 404, title: 'No such message' },
  MEDIA_NOT_FOUND: { status: 404, title: 'The message has no media' },
  CHAT_NOT_FOUND: { status: 404, title: 'No such chat' },
  PROFILE_NOT_FOUND: { status: 404, title: 'No such profile' },
  WEBHOOK_NOT_FOUND: { status: 404, title: 'No such webhook' },
  DELIVERY_NOT_FOUND: { status: 404, title: 'No such delivery' },
  ROUTE_NOT_FOUND: { status: 404, title: 'No such address' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  INSTANCE_EXISTS: { status: 409, title: 'The instance exists already' },
  INSTANCE_STOPPED: { status: 409, title: 'The instance is stopped' },
  INSTANCE_ERROR: { status: 409, title: 'The instance is in error' },
  INSTANCE_NOT_READY: { status: 409, title: 'The instance is not ready' },
  NEEDS_QR: { status: 409, title: 'The instance must be paired' },
  NO_QR: { status: 409, title: 'There is no code to scan' },
  NUMBER_ALREADY_LINKED: { status: 409, title: 'The number is linked already' },
  NO_PASSKEY: { status: 409, title: 'No passkey is asked for' },
  QUEUE_ITEM_SETTLED: { status: 409, title: 'The queue item is settled already' },
  CANCELLED: { status: 409, title: 'The item was cancelled' },
  PROFILE_IN_USE: { status: 409, title: 'The profile is in use' },
  WEBHOOK_LIMIT: { status: 409, title: 'There are too many webhooks' },
  WEBHOOK_CONFIGURED: { status: 409, title: 'The environment made this webhook' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  MEDIA_OVER_LIMIT: { status: 413, title: 'The media are larger than this server takes' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The route takes no body of this type' },
  IDEMPOTENCY_MISMATCH: { status: 422, title: 'The idempotency key belongs to another body' },
  RECIPIENT_NOT_FOUND: { status: 422, title: 'The recipient is not on WhatsApp' },
  RECIPIENT_TIMELOCKED: { status: 422, title: 'WhatsApp lets the account open no new chat now' },
  QUOTED_MESSAGE_NOT_FOUND: { status: 422, title: 'The message to quote is not there' },
  MESSAGE_REFUSED: { status: 422, title: 'WhatsApp refused the message' },
  MEDIA_TOO_LARGE: { status: 422, title: 'The media are too large' },
  MEDIA_URL_REFUSED: { status: 422, title: 'Media may not be fetched from there' },
  MEDIA_UNAVAILABLE: { status: 422, title: 'The media could not be fetched' },
  MESSAGE_EXPIRED: { status: 422, title: 'The message expired before it could be sent' },
  MAX_ATTEMPTS: { status: 422, title: 'Every attempt to send failed' },
  UNCERTAIN: { status: 422, title: 'Nobody can know whether it was sent' },
  NOT_SUPPORTED: { status: 422, title: 'Not supported' },
  INCOMPATIBLE_PAGE: { status: 503, title: "WhatsApp's page has changed" },
  RESTART_BUDGET_USED_UP: { status: 429, title: 'The restart budget is used up' },
  QUEUE_FULL: { status: 429, title: 'The queue is full' },
  INTERNAL_ERROR: { status: 500, title: 'Something went wrong here' },
  LOOKUP_FAILED: { status: 502, title: 'WhatsApp refused to answer' },
  STORE_UNAVAILABLE: { status: 503, title: 'The store cannot be reached' },
  STORE_LOCKED: { status: 503, title: 'The store belongs to another process' },
  STORE_SCHEMA: { status: 503, title: 'The store has a schema of another version' },
  SPOOL_UNAVAILABLE: { status: 503, title: 'Media cannot be kept on disk' },
  TOO_MANY_READERS: { status: 503, title: 'There are too many readers' },
  SHUTTING_DOWN: { status: 503, title: 'The server is shutting down' },
  TIMEOUT: { status: 504, title: 'It took too long' },
};

export const PROBLEM_TYPE = 'application/problem+json';

export interface FieldError {
  /** Where in the request, for example `media.data`; empty for the whole body. */
  readonly path: string;
  readonly message: string;
}

/** The body, as the API description tells it. */
export const problemSchema = z
  .object({
    type: z.string().meta({ examples: ['urn:wakeeper:problem:instance-not-found'] }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong with this very request, as a sentence.' }),
    code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]).meta({
      id: 'ProblemCode',
      description: 'For programs: the set grows, and no code changes its meaning.',
    }),
    errors: z.array(
      z.object({
        path: z.string().meta({ description: 'Where in the request; empty for the whole body.' }),
        message: z.string(),
      }),
    ),
    details: z
      .object({
        capability: z.string().meta({ description: "What WhatsApp's page cannot do now." }),
      })
      .exactOptional()
      .meta({ description: 'With NOT_SUPPORTED and status 503.' }),
    requestId: z.string().meta({ description: 'Under which the log has it.' }),
  })
  .meta({ id: 'Problem', description: 'Why a request failed, after RFC 9457.' });

export interface ProblemOptions {
  /** What is wrong with this very request, as a sentence. Nothing secret. */
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the code's own. */
  readonly status?: ContentfulStatusCode;
  /** What WhatsApp's page cannot do now. */
  readonly capability?: string;
}

/** An error that knows its answer. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  readonly status: ContentfulStatusCode;
  readonly details: Readonly<Record<string, string>> | undefined;
  constructor(code: ProblemCode, options: ProblemOptions) {
    super(options.detail);
    this.code = code;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
    this.status = options.status ?? problems[code].status;
    this.details = options.capability === undefined ? undefined : { capability: options.capability };
  }
}

export const bodyTooLarge = (): Problem =>
  new Problem('BODY_TOO_LARGE', { detail: 'The body is larger than this server takes.' });

/** `Retry-After`, in whole seconds, at least one. */
export const retryAfter = (ms: number): Readonly<Record<string, string>> => ({
  'retry-after': String(Math.max(1, Math.ceil(ms / 1000))),
});

/** Everything that is wrong with what the library was given. */
const isFieldErrors = (problems: unknown): problems is readonly FieldError[] => Array.isArray(problems);

/** The problem of anything thrown; undefined for what nobody foresaw. */
function problemOf(thrown: unknown): Problem | undefined {
  if (thrown instanceof Problem) return thrown;
  if (isLifecycleError(thrown)) {
    const { path, problems, retryAt, capability } = thrown.details;
    return new Problem(thrown.code, {
      ...(typeof capability === 'string' ? { status: PAGE_CANNOT, capability } : {}),
      detail: thrown.message,
      ...(isFieldErrors(problems)
        ? { errors: problems }
        : typeof path === 'string'
          ? { errors: [{ path, message: thrown.message }] }
          : {}),
      ...(typeof retryAt === 'number' ? { headers: retryAfter(retryAt - Date.now()) } : {}),
    });
  }
  return undefined;
}

/** What is thrown need not be an Error; a log knows only those. */
const errorOf = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(messageOf(thrown), { cause: thrown });

/** Nobody will read it; the log has it under its status. */
const hungUp = new Problem('TIMEOUT', { detail: 'The caller has hung up.' });

/**
 * True for what a request ends with when its caller has gone: a wait that was given up, or a body that does not come,
 * which has many words. Anything else would have failed with the caller there, too.
 */
function isHangUp(thrown: unknown, c: Context<AppEnv>): boolean {
  const { signal } = c.req.raw;
  const isUnread = !isRead(c.req.method) && c.get('hasBody') !== true;
  return signal.aborted && (thrown === signal.reason || isUnread);
}

/** The one exit for failures. What nobody foresaw is logged with its stack, and told without it. */
export const answerProblem =
  (log: Log) =>
  (thrown: unknown, c: Context<AppEnv>): Response => {
    const requestId = c.get('requestId');
    const known = problemOf(thrown) ?? (isHangUp(thrown, c) ? hungUp : undefined);
    if (!known)
      log.error(
        { err: errorOf(thrown), requestId, instanceId: c.get('instanceId') },
        'a request failed unexpectedly',
      );
    const problem =
      known ??
      new Problem('INTERNAL_ERROR', {
        detail: `Unexpected error; the log has it under requestId ${requestId}.`,
      });
    const { title } = problems[problem.code];
    const { status, details } = problem;
    const body = {
      type: `urn:wakeeper:problem:${problem.code.toLowerCase().replaceAll('_', '-')}`,
      title,
      status,
      detail: problem.message,
      code: problem.code,
      errors: problem.errors,
      ...(details && { details }),
      requestId,
    };
    return c.body(JSON.stringify(body), status, {
      'content-type': PROBLEM_TYPE,
      ...problem.headers,
    });
  };

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code);

/** What cannot be done on WhatsApp's page of today: it may come back, which the other uses of the code do not. */
export const PAGE_CANNOT = 503 satisfies ContentfulStatusCode;

/** 200 sent, 202 queued, else the status of the receipt's code in the same table. */
export function receiptStatus(receipt: Receipt): ContentfulStatusCode {
  if (receipt.status === 'sent') return 200;
  if (receipt.status === 'queued') return 202;
  const code = receipt.errorCode ?? '';
  // Refused before it was accepted: only a page that cannot do it says so.
  if (code === 'NOT_SUPPORTED' && receipt.queueId === null) return PAGE_CANNOT;
  return isProblemCode(code) ? problems[code].status : problems.MESSAGE_REFUSED.status;
}
