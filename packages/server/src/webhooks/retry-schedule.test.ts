import type { RetryRule } from '@wakeeper/lifecycle';
import { describe, expect, it } from 'vitest';
import { RETRY_WAITS_MS, retryAfterMs, retryWait } from './retry-schedule.js';

const waits = (rule: RetryRule | null, most = 20) =>
  Array.from({ length: most }, (_, index) => retryWait(index + 1, rule, 0.5));
const HOUR_MS = 3_600_000;

describe('the schedule', () => {
  it('goes on for three days, and then there is none', () => {
    const total = RETRY_WAITS_MS.reduce((sum, ms) => sum + ms, 0);
    expect(total / HOUR_MS).toBeGreaterThan(75);
    expect(total / HOUR_MS).toBeLessThan(76);
    expect(waits(null)).toEqual([...RETRY_WAITS_MS, ...Array(20 - RETRY_WAITS_MS.length).fill(null)]);
  });

  it('is spread by a fifth to either side', () => {
    expect(retryWait(1, null, 0)).toBe(4000);
    expect(retryWait(1, null, 0.999_999)).toBe(6000);
  });

  it.each([
    ['constant', [2000, 2000, 2000, null]],
    ['linear', [2000, 4000, 6000, null]],
    ['exponential', [2000, 4000, 8000, null]],
  ] as const)('of a subscriber may be %s', (policy, expected) => {
    expect(waits({ policy, delaySeconds: 2, attempts: 3 }, 4)).toEqual(expected);
  });

  it('of a subscriber never waits longer than a day', () => {
    expect(retryWait(30, { policy: 'exponential', delaySeconds: 60, attempts: 50 }, 0.5)).toBe(24 * HOUR_MS);
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['31536000', 24 * HOUR_MS],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('of %j is %s ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});
