/**
 * A typed client of the HTTP API: Hono's, with the types of the very routes, so that it can be asked for nothing that the
 * server does not have. Nothing of the server is loaded with it, and it runs in browsers too.
 *
 * @example
 * const wakeeper = createClient('http://127.0.0.1:3000', { apiKey });
 * const answer = await wakeeper.v1.instances[':id'].messages.$post({
 *   param: { id: 'shop' }, query: {}, json: { to: '4915112345678', text: 'Hello' },
 * });
 * const receipt = await answer.json();
 */
import type { Hono } from 'hono';
import { hc } from 'hono/client';
import type { MergeSchemaPath, Schema } from 'hono/types';
import type { AppEnv } from './http/app-env.js';
import type { FieldError, ProblemCode } from './http/problem.js';
import type { chatRoutes } from './routes/chats.js';
import type { directoryRoutes } from './routes/directory.js';
import type { docsRoutes } from './routes/docs.js';
import type { eventRoutes } from './routes/events.js';
import type { healthRoutes } from './routes/health.js';
import type { instanceRoutes } from './routes/instances.js';
import type { mediaRoutes } from './routes/media.js';
import type { messageRoutes } from './routes/messages.js';
import type { metricsRoutes } from './routes/metrics.js';
import type { pairingRoutes } from './routes/pairing.js';
import type { queueRoutes } from './routes/queue.js';
import type { webhookRoutes } from './routes/webhooks.js';

/** The routes that a function makes, under the path where the app has them. */
type Mounted<Path extends string, Make extends (...args: never[]) => unknown> =
  ReturnType<Make> extends Hono<AppEnv, infer Routes extends Schema, infer _Base>
    ? MergeSchemaPath<Routes, Path>
    : never;

/** All routes of an app that was made with everything, as the server makes it. */
export type Api = Hono<
  AppEnv,
  Mounted<'/', typeof healthRoutes> &
    Mounted<'/', typeof docsRoutes> &
    Mounted<'/v1/instances', typeof instanceRoutes> &
    Mounted<'/v1/instances', typeof pairingRoutes> &
    Mounted<'/v1/instances', typeof messageRoutes> &
    Mounted<'/v1/instances', typeof chatRoutes> &
    Mounted<'/v1/instances', typeof mediaRoutes> &
    Mounted<'/v1/instances', typeof directoryRoutes> &
    Mounted<'/v1/instances', typeof queueRoutes> &
    Mounted<'/v1/webhooks', typeof webhookRoutes> &
    Mounted<'/v1/events', typeof eventRoutes> &
    Mounted<'/metrics', typeof metricsRoutes>
>;
export type Client = ReturnType<typeof hc<Api>>;

export interface ClientOptions {
  /** One of the server's API_KEYS. */
  readonly apiKey?: string;
  /** How long the server may take until it begins to answer; 330000 by default, more than the longest `wait`. */
  readonly timeoutMs?: number;
  /** In place of the global one. */
  readonly fetch?: typeof fetch;
}

interface ProblemBody {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];
  readonly requestId: string;
}

/** The server refused a request, or failed: a problem after RFC 9457. A receipt is an answer, never an error. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: ProblemCode;
  readonly title: string;
  /** Where in the request, when the request was not valid. */
  readonly errors: readonly FieldError[];
  /** Under which the server's log has it. */
  readonly requestId: string;
  /** When trying again makes sense, where the server says so. */
  readonly retryAfterMs: number | null;

  constructor(body: ProblemBody, retryAfter: string | null) {
    super(body.detail);
    this.status = body.status;
    this.code = body.code;
    this.title = body.title;
    this.errors = body.errors;
    this.requestId = body.requestId;
    this.retryAfterMs = retryAfter === null ? null : Number(retryAfter) * 1000;
  }
}

const DEFAULT_TIMEOUT_MS = 330_000;

/** The same `fetch`, which gives up in time and throws problems. */
function throwing(send: typeof fetch, timeoutMs: number): typeof fetch {
  return async (input, init) => {
    // Not AbortSignal.timeout, which would end streams that have begun.
    const giveUp = new AbortController();
    const late = new Error(`The server did not begin to answer within ${timeoutMs} ms.`);
    const timer = setTimeout(() => giveUp.abort(late), timeoutMs);
    const signals = init?.signal ? [init.signal, giveUp.signal] : [giveUp.signal];
    try {
      const response = await send(input, { ...init, signal: AbortSignal.any(signals) });
      const { headers } = response;
      if (!headers.get('content-type')?.startsWith('application/problem+json')) return response;
      throw new ProblemError((await response.json()) as ProblemBody, headers.get('retry-after'));
    } finally {
      clearTimeout(timer);
    }
  };
}

/**
 * A client of the server at this address, which may have a path. Its calls throw ProblemError, the error of `timeoutMs`,
 * and what `fetch` throws when there is no server.
 */
export function createClient(
  url: string,
  { apiKey, timeoutMs = DEFAULT_TIMEOUT_MS, fetch: send = fetch }: ClientOptions = {},
): Client {
  return hc<Api>(url, {
    headers: apiKey === undefined ? {} : { 'x-api-key': apiKey },
    fetch: throwing(send, timeoutMs),
  });
}
