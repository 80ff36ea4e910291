import { describe, expect, it } from 'vitest';
import { within } from './page-call.js';

const FAILURE = { code: 'READY_TIMEOUT', message: 'Too late.' } as const;
const FOR_LONG_MS = 180_000;
const never = new Promise<never>(() => {});
const timers = (): number => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;

describe('a deadline', () => {
  it('rejects with its failure where the promise takes longer', async () => {
    await expect(within(never, 1, FAILURE)).rejects.toMatchObject({ failure: FAILURE });
  });

  it('ends with the life of its owner, though the promise never settles', () => {
    const before = timers();
    const life = new AbortController();
    void within(never, FOR_LONG_MS, FAILURE, life.signal);
    expect(timers()).toBe(before + 1);
    life.abort();
    expect(timers()).toBe(before);
  });

  it('is not begun for an owner whose life is over', () => {
    const before = timers();
    void within(never, FOR_LONG_MS, FAILURE, AbortSignal.abort());
    expect(timers()).toBe(before);
  });
});
