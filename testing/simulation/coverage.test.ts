/** What so many seeds must have struck. */
import { describe, expect, it } from 'vitest';
import { Coverage } from './coverage.js';
import { REACHABLE } from './reach.js';

/** Everything reachable was struck once, but for the first so many pairs. */
function coverageWithout(pairs: number): Coverage {
  const coverage = new Coverage();
  coverage.merge(
    Object.fromEntries(REACHABLE.slice(pairs).map(({ place, fault }) => [`${place}|${fault}`, 1])),
  );
  return coverage;
}

describe('the coverage of a campaign', () => {
  it('asks nothing of a few seeds', () => {
    expect(new Coverage().unmet(199)).toEqual([]);
  });

  it('may lack a twentieth of the pairs in 200 seeds, and none in 2,000', () => {
    const twentieth = Math.floor(REACHABLE.length * 0.05);
    const { place, fault } = REACHABLE[0] ?? { place: '', fault: '' };
    expect(coverageWithout(0).unmet(2_000)).toEqual([]);
    expect(coverageWithout(1).unmet(200)).toEqual([]);
    expect(coverageWithout(1).unmet(2_000)).toEqual([`${fault} in ${place}`]);
    expect(coverageWithout(twentieth + 1).unmet(200)).toContain(`${fault} in ${place}`);
  });

  it('may lack no place and no fault in 200 seeds', () => {
    const places = new Set(REACHABLE.map(({ place }) => place));
    const unmet = new Coverage().unmet(200);
    for (const place of places) expect(unmet).toContain(`all of ${place}`);
    expect(unmet).toContain('all of kill');
  });
});
