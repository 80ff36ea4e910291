import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffCeiling, backoffMs, spread } from './backoff.js';
import { defaultOptions, resolveOptions } from './options.js';
import { coolingMs, isBudgetUsedUp, nextRung } from './restart-ladder.js';
import { restartsInWindow, spendRestart, windowOpensAt } from './restart-window.js';

const MINUTE = 60_000;

describe('the restart window', () => {
  it('counts what lies within it and forgets the rest', () => {
    expect(restartsInWindow([0, 1 * MINUTE, 9 * MINUTE], 10 * MINUTE, 10 * MINUTE)).toEqual([
      1 * MINUTE,
      9 * MINUTE,
    ]);
  });
  it('clamps times that lie in the future to now, so that a clock set back cannot fill it for ever', () => {
    expect(restartsInWindow([99 * MINUTE], 10 * MINUTE, 10 * MINUTE)).toEqual([10 * MINUTE]);
  });
  it('opens again when its oldest restart that matters leaves it', () => {
    const restarts = [1, 2, 3, 4, 5].map((minute) => minute * MINUTE);
    expect(windowOpensAt(restarts, 6 * MINUTE, 10 * MINUTE, 5)).toBe(11 * MINUTE);
    expect(windowOpensAt(restarts.slice(1), 6 * MINUTE, 10 * MINUTE, 5)).toBe(6 * MINUTE);
  });
  it('never holds more restarts than the budget, whatever is spent', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(MINUTE)), fc.integer({ min: 1, max: 9 }), (gaps, max) => {
        let now = 0;
        let restarts: readonly number[] = [];
        for (const gap of gaps) {
          now += gap;
          restarts = spendRestart(restarts, now, 10 * MINUTE, max);
          expect(restarts.length).toBeLessThanOrEqual(max);
        }
      }),
      { seed: 1 },
    );
  });
});

describe('the restart ladder', () => {
  const budget = { maxRestarts: 5, windowMs: 10 * MINUTE };
  it('is soft once, then hard, and never soft on a client that saw a logout', () => {
    expect(nextRung({ attempts: 0, restarts: [], sawLogout: false })).toBe('soft');
    expect(nextRung({ attempts: 1, restarts: [], sawLogout: false })).toBe('hard');
    expect(nextRung({ attempts: 0, restarts: [], sawLogout: true })).toBe('hard');
  });
  it('ends when the window is full', () => {
    const restarts = [1, 2, 3, 4, 5];
    expect(isBudgetUsedUp({ attempts: 1, restarts, sawLogout: false }, budget, 6)).toBe(true);
    expect(isBudgetUsedUp({ attempts: 1, restarts: restarts.slice(1), sawLogout: false }, budget, 6)).toBe(
      false,
    );
  });
  it('ends after as many attempts in a row, however long they took', () => {
    const slow = { attempts: 5, restarts: [], sawLogout: false };
    expect(isBudgetUsedUp(slow, budget, 100 * MINUTE)).toBe(true);
  });
  it("cools at the budget's own rate", () => {
    expect(coolingMs(budget)).toBe(2 * MINUTE);
  });
});

describe('a backoff', () => {
  it('doubles its ceiling up to a minute', () => {
    expect([0, 1, 2, 3, 4, 5, 9].map((attempt) => backoffCeiling(attempt, 2_000))).toEqual([
      2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
  });
  it('is anything between nothing and the ceiling', () => {
    expect(backoffMs(3, 2_000, 0)).toBe(0);
    expect(backoffMs(3, 2_000, 0.5)).toBe(8_000);
    expect(backoffMs(3, 2_000, 0.9999)).toBeLessThan(16_000);
  });
  it('spreads a time by its share in both directions', () => {
    expect([0, 0.5, 1].map((random) => spread(30_000, 0.2, random))).toEqual([24_000, 30_000, 36_000]);
  });
});

describe('the options', () => {
  it("have the user's defaults", () => {
    expect(resolveOptions()).toMatchObject({
      maxQueueSize: 200,
      readyTimeoutMs: 180_000,
      restartBackoffMs: 2_000,
      maxRestartsPerWindow: 5,
      windowMinutes: 10,
    });
  });
  it.each([
    ['maxQueueSize', 0],
    ['readyTimeoutMs', -1],
    ['restartBackoffMs', 1.5],
    ['windowMinutes', Number.NaN],
    ['qrTimeoutMs', 2 ** 31],
    // As milliseconds it is a delay, too.
    ['windowMinutes', 40_000],
  ])('refuse %s = %s with a sentence that names it', (name, value) => {
    expect(() => resolveOptions({ [name]: value })).toThrow(new RegExp(`${name} .* is ${value}`));
  });
  it('let waits be switched off', () => {
    expect(resolveOptions({ sendIntervalMs: 0, sendWaitMs: 0 })).toEqual({
      ...defaultOptions,
      sendIntervalMs: 0,
      sendWaitMs: 0,
    });
  });
});
