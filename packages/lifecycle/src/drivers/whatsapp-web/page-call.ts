/** Calls into the page. Puppeteer's own timeout is off: it would report a call as over that still runs. */
import { DriverError, type DriverFailure } from '../../ports/driver.js';
import type { Page } from './web-client.js';

/**
 * Runs a function in the page. It travels as its source: it may use its one argument (JSON) and the page's globals, and
 * nothing around it. Some compilers wrap inner functions in a helper `__name`, which the page must have then.
 */
export function inPage<A, R>(page: Page, run: (argument: A) => R | Promise<R>, argument: A): Promise<R> {
  return page.evaluate(sourceOf(run, argument)) as Promise<R>;
}

/** Runs a function in each document to come, before the page's own code. */
export async function inEachDocument(page: Page, run: () => void): Promise<void> {
  await page.evaluateOnNewDocument(sourceOf(run, null));
}

const sourceOf = <A, R>(run: (argument: A) => R, argument: A): string =>
  `(() => { const __name = (f) => f; return (${run})(${JSON.stringify(argument ?? null)}); })()`;

/**
 * The promise's outcome, or a DriverError past the deadline. What the promise does later is nobody's concern. With the
 * `life` of its owner the deadline ends too: nobody waits any more for a promise that may never settle.
 */
export function within<T>(
  promise: Promise<T>,
  deadlineMs: number,
  failure: DriverFailure,
  life?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DriverError(failure)), deadlineMs);
    const over = () => {
      clearTimeout(timer);
      life?.removeEventListener('abort', over);
    };
    if (life?.aborted) over();
    else life?.addEventListener('abort', over);
    promise.then(resolve, reject).finally(over);
  });
}

/** True once the promise has settled in time, however it settled. Never rejects. */
export function settlesWithin(promise: Promise<unknown>, deadlineMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), deadlineMs);
    const over = () => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(over, over);
  });
}
