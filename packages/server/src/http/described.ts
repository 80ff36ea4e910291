/**
 * What the handlers of a route say of themselves for the API description. It stands beside the very code that checks and
 * answers, is read once when the description is made, and costs a request nothing.
 */
import type { PageCapability } from '@wakeeper/lifecycle';
import type { Context, Input, MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import type { AppEnv } from './app-env.js';
import type { ProblemCode } from './problem.js';

/** The headings under which the description sorts its routes. */
export type Tag =
  | 'instances'
  | 'pairing'
  | 'messages'
  | 'queue'
  | 'directory'
  | 'events'
  | 'webhooks'
  | 'operations';

/** One way in which a route answers when all is well. */
export interface Answer {
  readonly description: string;
  /** By media type; null for bytes, of which there is no more to say. */
  readonly content?: Readonly<Record<string, z.ZodType | null>>;
  readonly headers?: Readonly<Record<string, z.ZodType>>;
}

/** What the description says of a route, besides what its checks say of themselves. */
export interface Operation {
  /** Unique; generated clients name their methods after it. */
  readonly id: string;
  readonly tag: Tag;
  /** A few words, without a full stop. */
  readonly summary: string;
  readonly description?: string;
  readonly headers?: Readonly<Record<string, z.ZodType>>;
  /** Parts of the path that no check describes. */
  readonly params?: Readonly<Record<string, z.ZodType>>;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Those that the handler itself can answer with; the checks before it have theirs. */
  readonly problems?: readonly ProblemCode[];
  /** What WhatsApp's page must be able to do for it: where it cannot, the answer is 503 `NOT_SUPPORTED`. */
  readonly needs?: PageCapability;
}

/** What one handler adds to the description of the routes that it stands before. */
export interface Part {
  readonly operation?: Operation;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The same as a form, which may be sent in place of JSON. */
  readonly form?: z.ZodType;
  /** By the name that the path has for it. */
  readonly params?: Readonly<Record<string, z.ZodType>>;
  /** A key is asked for. */
  readonly isLocked?: true;
  readonly problems?: readonly ProblemCode[];
}

/** By the function, so that nothing is added to what answers requests. */
const parts = new WeakMap<object, Part>();

/** What was said of a handler; nothing of those that do not concern a caller. */
export const partOf = (handler: object): Part => parts.get(handler) ?? {};

/** Says it of a handler that belongs to nobody else. */
export function saying<H extends object>(part: Part, handler: H): H {
  parts.set(handler, part);
  return handler;
}

/**
 * The route's description, said by the first of its handlers: `.get('/:id', described({...}, noQuery), (c) => ...)`.
 * The handler checks what it checked before.
 */
export function described<I extends Input>(
  operation: Operation,
  handler: MiddlewareHandler<AppEnv, string, I>,
): MiddlewareHandler<AppEnv, string, I> {
  const own: typeof handler = (c, next) => handler(c, next);
  return saying({ ...partOf(handler), operation }, own);
}

/** For routes that do not look at the query: probes and scrapers are given odd ones. */
export const anyQuery: MiddlewareHandler<AppEnv> = (_: Context<AppEnv>, next) => next();

export const JSON_TYPE = 'application/json';
export const FORM_TYPE = 'multipart/form-data';

/** An answer in JSON. */
export const told = (schema: z.ZodType, description: string): Answer => ({
  description,
  content: { [JSON_TYPE]: schema },
});
