/**
 * What every request has around it: an id, the headers of its answer, and one line of the log: which route, which
 * instance, how it ended, how long it took. Never a body, a header or a query: messages, keys and phone numbers travel
 * there. One middleware, not four: each costs more than the lookup of an instance.
 */
import type { Log } from '@wakeeper/lifecycle';
import type { Context, MiddlewareHandler } from 'hono';
import { answerHeaders, isComplete } from './answer.js';
import type { AppEnv } from './app-env.js';

const LONGEST_ID = 128;
const LONGEST_PATH = 200;

/** What an application around this one has set, as Hono's own `requestId()` does; else what the caller says. */
const givenId = (c: Context<{ Variables: { requestId?: unknown } }>): unknown =>
  c.get('requestId') ?? c.req.header('x-request-id');

/** The id that was given when it is sane, so that it can be written to a log and a header; else a new one. */
function requestIdOf(c: Context): string {
  const given = givenId(c);
  const isSane = typeof given === 'string' && given.length <= LONGEST_ID && /^[\w\-=]+$/.test(given);
  return isSane ? given : crypto.randomUUID();
}

/** Requests that are refused before they reach a route are about an instance too. */
const instanceIn = (path: string): string | undefined =>
  /\/v1\/instances\/([A-Za-z0-9_-]{1,64})(?:\/|$)/.exec(path)?.[1];

/** True for GET and HEAD, which change nothing and have no body. */
export const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** Dashboards and probes read all the time, and nobody reads that they did. */
function levelOf(c: Context): 'warn' | 'debug' | 'info' {
  const { status } = c.res;
  if (status >= 500) return 'warn';
  return status < 400 && isRead(c.req.method) ? 'debug' : 'info';
}

/**
 * @param fail what answers for whatever is thrown; Hono hands it Errors alone, this hands it the rest
 * @param meter hears of every answer, with the milliseconds that it took
 */
export const requestFrame =
  (
    log: Log,
    fail: (thrown: unknown, c: Context<AppEnv>) => Response,
    meter?: (c: Context<AppEnv>, ms: number) => void,
  ): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const began = performance.now();
    c.set('requestId', requestIdOf(c));
    try {
      await next();
    } catch (thrown) {
      c.res = fail(thrown, c);
    }
    if (!isComplete(c))
      // A route may forbid more.
      for (const [name, value] of Object.entries(answerHeaders(c)))
        if (!c.res.headers.get(name)?.startsWith(`${value}, `)) c.res.headers.set(name, value);
    meter?.(c, performance.now() - began);
    const level = levelOf(c);
    if (log.isLevelEnabled?.(level) === false) return;
    const fields = {
      requestId: c.get('requestId'),
      instanceId: c.get('instanceId') ?? instanceIn(c.req.path),
      method: c.req.method,
      path: c.req.path.slice(0, LONGEST_PATH),
      status: c.res.status,
      ms: Math.round(performance.now() - began),
    };
    log[level](fields, 'request');
  };
