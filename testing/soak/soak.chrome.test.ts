import { describe, expect, it } from 'vitest';
import { spokenReport } from './report.js';
import { runSoak } from './soak.js';

describe('two managers with 200 simulated and three real instances', () => {
  it('hold after a minute of faults and load what they held before, and nothing when they are closed', async () => {
    const say = (line: string) => console.log(line);
    const report = await runSoak({ minutes: 1, warmUpSeconds: 20, seed: 20_261_122, say });
    console.log(spokenReport(report));
    expect(report.violations).toEqual([]);
    expect(report.looks.end.children.browser).toBe(3);
    // It was trouble indeed, and something was sent through it.
    expect(report.tally['browser killed']).toBeGreaterThan(10);
    expect(report.totals.byStatus.sent).toBeGreaterThan(1_000);
  }, 360_000);
});
