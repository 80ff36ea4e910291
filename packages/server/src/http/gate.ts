/** What a request must pass before it reaches a route. */
import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv } from './app-env.js';
import { saying } from './described.js';
import { bodyTooLarge } from './problem.js';
import { isRead } from './request-frame.js';
import { isMultipart } from './validate.js';

/** Throws a Problem at whom it does not let through. */
export type Check = (c: Context<AppEnv>) => void;

/** The bytes that the body says it has; null where it says nothing, or comes in pieces whatever it says. */
function toldBytes(c: Context): number | null {
  const length = c.req.header('content-length');
  return length === undefined || c.req.header('transfer-encoding') !== undefined ? null : Number(length);
}

/**
 * The checks in their order, then the limit of the body, in bytes. A read is not asked for its body, which is dear:
 * no route takes one. Nor is a body that says its length, which is as dear: no more of it is read than it says. One that does
 * not, and a form with files, is measured by whoever reads it: here it would be held in memory to be counted.
 */
export function gate(checks: readonly Check[], maxBodyBytes: number): MiddlewareHandler<AppEnv> {
  return saying({ isLocked: true, problems: ['UNAUTHORIZED', 'FORBIDDEN'] }, (c, next) => {
    for (const check of checks) check(c);
    if (isRead(c.req.method) || isMultipart(c)) return next();
    const bytes = toldBytes(c);
    if (bytes === null) c.set('mostBytes', maxBodyBytes);
    else if (!(bytes <= maxBodyBytes)) throw bodyTooLarge();
    return next();
  });
}
