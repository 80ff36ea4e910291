import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DriverError } from '../../ports/driver.js';
import { overReloads } from './page-check.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

/** A test that fails so often, and for this reason, before it answers. */
function failing(times: number, cause: Error) {
  let tries = 0;
  const failure = new DriverError({ code: 'PAGE_CLOSED', message: 'no answer' }, cause);
  const outcome = overReloads(async () => {
    tries += 1;
    if (tries <= times) throw failure;
    return tries;
  }).catch((thrown: unknown) => thrown);
  return { failure, outcome, tries: () => tries };
}

describe('the test of a page that waits for a scan', () => {
  it('begins again when the page has loaded itself anew, a few times', async () => {
    const reloaded = new Error('Execution context was destroyed, most likely because of a navigation.');
    const [some, many] = [failing(3, reloaded), failing(4, reloaded)];
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await some.outcome).toBe(4);
    expect(await many.outcome).toBe(many.failure);
  });

  it('ends at any other failure', async () => {
    const { outcome, failure, tries } = failing(1, new Error('Protocol error: Target closed'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await outcome).toBe(failure);
    expect(tries()).toBe(1);
  });
});
