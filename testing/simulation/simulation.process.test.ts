/** The fleet under random trouble, judged from outside: 200 seeds, none of which may break a sentence. */
import { expect, it } from 'vitest';
import { judge } from './oracle/oracle.js';
import { simulate } from './simulation.js';
import { lineOf } from './trace.js';

const SEEDS = 200;

it(`keeps every promise in ${SEEDS} seeds`, { timeout: 300_000 }, async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const run = await simulate(seed);
    expect(judge(run), `npm run simulate -- --seed ${seed}`).toEqual([]);
    const of = (kind: string) => run.history.filter((entry) => entry.kind === kind).length;
    expect(of('asked')).toBeGreaterThanOrEqual(200);
    expect(of('struck')).toBeGreaterThanOrEqual(3);
    expect(run.history.some((entry) => entry.kind === 'struck' && entry.fault === 'kill')).toBe(true);
  }
});

it('makes the same history of the same seed, to the letter', async () => {
  for (const seed of [1, 7, 42]) {
    const [first, second] = [await simulate(seed), await simulate(seed)];
    expect(second.history.map(lineOf)).toEqual(first.history.map(lineOf));
    expect(second.ending).toEqual(first.ending);
  }
});
