/** What a request must pass before it reaches a route. */
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { AppEnv } from './app-env.js';
import { saying } from './described.js';
import { isRead } from './request-frame.js';
import { isMultipart } from './validate.js';

/** Throws a Problem at whom it does not let through. */
export type Check = (c: Context<AppEnv>) => void;

/**
 * The checks in their order, then the limit of the body, in bytes. A read is not asked for its body, which is dear:
 * no route takes one. A form with files is measured by whoever reads it: here it would be held in memory to be counted.
 */
export function gate(checks: readonly Check[], maxBodyBytes: number): MiddlewareHandler<AppEnv> {
  const limit = bodyLimit({ maxSize: maxBodyBytes });
  return saying({ isLocked: true, problems: ['UNAUTHORIZED', 'FORBIDDEN'] }, (c, next) => {
    for (const check of checks) check(c);
    return isRead(c.req.method) || isMultipart(c) ? next() : limit(c, next);
  });
}
