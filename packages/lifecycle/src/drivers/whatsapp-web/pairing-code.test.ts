import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DriverError } from '../../ports/driver.js';
import { askForCode } from './pairing-code.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const HUNG = new DriverError({ code: 'PAGE_HUNG', message: 'The page did not answer within 15000 ms.' });
const NAVIGATED = new Error('Execution context was destroyed, most likely because of a navigation.');

/** A page that answers each question with the next of these; an error comes after so many milliseconds of its own. */
function pageWith(...answers: (string | Error)[]) {
  const deadlines: number[] = [];
  const ask = async (deadlineMs: number): Promise<string> => {
    deadlines.push(deadlineMs);
    const answer = answers[Math.min(deadlines.length, answers.length) - 1] ?? '';
    if (answer === HUNG) await new Promise((resolve) => setTimeout(resolve, deadlineMs));
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { ask, deadlines };
}

async function outcome(asked: Promise<string>): Promise<unknown> {
  const settled = asked.catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  return settled;
}

describe('a question for a pairing code', () => {
  it.each([
    ['is gone with its document', NAVIGATED],
    ['is not answered', HUNG],
    [
      'comes before the library is in the new document',
      new Error("Cannot read properties of undefined (reading 'PairingCodeLinkUtils')"),
    ],
  ])('that %s is asked again, three seconds later', async (_what, error) => {
    const { ask, deadlines } = pageWith(error, 'ABCD1234');
    const began = performance.now();
    const asked = askForCode(ask, 60_000);
    expect(await outcome(asked)).toBe('ABCD1234');
    expect(performance.now() - began).toBe(error === HUNG ? 18_000 : 3_000);
    expect(deadlines).toEqual([15_000, 15_000]);
  });

  it('is asked three times at most', async () => {
    const { ask, deadlines } = pageWith(NAVIGATED);
    expect(await outcome(askForCode(ask, 600_000))).toBe(NAVIGATED);
    expect(deadlines).toHaveLength(3);
  });

  it('ends within its deadline', async () => {
    const { ask, deadlines } = pageWith(HUNG);
    const began = performance.now();
    expect(await outcome(askForCode(ask, 20_000))).toBe(HUNG);
    expect(performance.now() - began).toBeLessThanOrEqual(20_000);
    expect(deadlines).toEqual([15_000, 2_000]);
  });

  it('that is refused is not asked again', async () => {
    const refused = new Error('rate-overlimit');
    const { ask, deadlines } = pageWith(refused);
    expect(await outcome(askForCode(ask, 60_000))).toBe(refused);
    expect(deadlines).toHaveLength(1);
  });
});
