import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LogoutReader } from './logout-reader.js';
import { failureOfLogout, LOGOUT_REASONS } from './logout-reasons.js';
import type { Page } from './web-client.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const HOME = 'https://web.whatsapp.com/';
/** A page at an address, and what it answers to each question, the last answer for ever. */
function pageAt(url: string, ...answers: unknown[]) {
  let asked = 0;
  const evaluate = async () => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const page = { url: () => url, isClosed: () => false, evaluate };
  return { page: page as unknown as Page, asked: () => asked };
}
async function settled<T>(promise: Promise<T>): Promise<T> {
  await vi.runAllTimersAsync();
  return promise;
}

describe('the reason for a logout', () => {
  it('is what the page has named before it', async () => {
    const reader = new LogoutReader();
    reader.named('account_locked');
    expect(await reader.read(pageAt(`${HOME}?post_logout=1&logout_reason=1`).page)).toBe('account_locked');
  });

  it('is not what it named for a logout that did not happen', async () => {
    const reader = new LogoutReader();
    reader.named('account_locked');
    await vi.advanceTimersByTimeAsync(60_001);
    expect(await reader.read(pageAt(`${HOME}?post_logout=1&logout_reason=1`).page)).toBe('1');
  });

  it('is asked of the next document where its address has none, until that knows it', async () => {
    const navigated = new Error('Execution context was destroyed.');
    const { page } = pageAt(HOME, navigated, null, 'syncd_failure');
    expect(await settled(new LogoutReader().read(page))).toBe('syncd_failure');
  });

  it('is none where the page is watched, named none and wrote none into the address: at once', async () => {
    const reader = new LogoutReader();
    await reader.watch(pageAt(HOME, true).page);
    const { page, asked } = pageAt(`${HOME}?post_logout=1`, '3');
    expect(await reader.read(page)).toBeNull();
    expect(asked()).toBe(0);
  });

  it('is none after a second of silence', async () => {
    const never = pageAt(HOME).page;
    Object.assign(never, { evaluate: () => new Promise(() => {}) });
    const began = performance.now();
    expect(await settled(new LogoutReader().read(never))).toBeNull();
    expect(performance.now() - began).toBe(1_000);
    expect(await new LogoutReader().read(undefined)).toBeNull();
  });
});

describe('the failure of a logout', () => {
  it('gives the profile up for reasons alone that say that the phone has unlinked it', () => {
    const forgets = [...LOGOUT_REASONS.keys()].filter(
      (reason) => failureOfLogout(reason).code === 'LOGGED_OUT',
    );
    expect(forgets.sort()).toEqual([
      'md_opt_out',
      'primary_identity_key_change',
      'unknown_companion',
      'user_initiated',
    ]);
    expect(failureOfLogout(null)).toEqual({
      code: 'LOGGED_OUT',
      message: 'The account was unlinked on the phone. Scan a new code.',
    });
  });

  it.each([...LOGOUT_REASONS.keys(), 'a_reason_of_next_year'])('of %s says so', (reason) => {
    const { message, logoutReason } = failureOfLogout(reason);
    expect(message).toContain(reason);
    expect(message).toMatch(/\.$/);
    expect(logoutReason).toBe(reason);
  });
});
