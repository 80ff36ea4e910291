/**
 * One line a request: which route, which instance, how it ended, how long it took. Never a body, a header or a query:
 * messages, keys and phone numbers travel there.
 */
import type { Log } from '@wakeeper/lifecycle';
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './app-env.js';

const PROBE = /\/(healthz|readyz)$/;
const LONGEST_PATH = 200;

export const logRequests =
  (log: Log): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const began = performance.now();
    await next();
    const { status } = c.res;
    const fields = {
      requestId: c.get('requestId'),
      instanceId: c.get('instanceId'),
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
