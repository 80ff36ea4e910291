/** The simulation as `npm test` has it: some seeds. seeds.process.test.ts has hundreds, and says what they must have struck. */
import { expect, it } from 'vitest';
import { judge } from './oracle/oracle.js';
import { simulate } from './simulation.js';
import { lineOf } from './trace.js';

it.each(Array.from({ length: 20 }, (_, index) => index + 1))(
  'keeps every promise in seed %i',
  async (seed) => {
    expect(judge(await simulate(seed))).toEqual([]);
  },
);

it('makes the same history of the same seed, to the letter', { timeout: 300_000 }, async () => {
  for (const seed of [1, 7, 42]) {
    const [first, second] = [await simulate(seed), await simulate(seed)];
    expect(second.history.map(lineOf)).toEqual(first.history.map(lineOf));
    expect(second.ending).toEqual(first.ending);
  }
});
