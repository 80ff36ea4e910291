/**
 * One line a request: which route, which instance, how it ended, how long it took. Never a body, a header or a query:
 * messages, keys and phone numbers travel there.
 */
import type { Log } from '@wakeeper/lifecycle';
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './app-env.js';

const PROBE = /\/(healthz|readyz)$/;
/** Requests that are refused before they reach a route are about an instance too. */
const instanceIn = (path: string): string | undefined =>
  /\/v1\/instances\/([A-Za-z0-9_-]{1,64})(?:\/|$)/.exec(path)?.[1];

const LONGEST_PATH = 200;

export const logRequests =
  (log: Log): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const began = performance.now();
    await next();
    const { status } = c.res;
    const fields = {
      requestId: c.get('requestId'),
      instanceId: c.get('instanceId') ?? instanceIn(c.req.path),
      method: c.req.method,
      path: c.req.path.slice(0, LONGEST_PATH),
      status,
      ms: Math.round(performance.now() - began),
    };
    const isProbe = status < 400 && PROBE.test(c.req.path);
    if (status >= 500) log.warn(fields, 'request');
    else if (isProbe) log.debug(fields, 'request');
    else log.info(fields, 'request');
  };
