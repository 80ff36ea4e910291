import { describe, expect, it } from 'vitest';
import { runDemo } from './demo.js';

describe('three instances on real Chromium', () => {
  it('deliver everything they accepted, once and in order, through ten kills of a browser and ten of the node', async () => {
    const report = await runDemo({ rounds: 10, say: (line) => console.log(line) });
    expect(report).toMatchObject({ browserKills: 10, nodeKills: 10 });
    expect(report.delivered + report.uncertain).toBe(report.accepted);
    expect(report.accepted).toBe(3 * (22 + 20 * 6));
    // A kill may catch a message between our journal and the page; hardly ever does it.
    expect(report.uncertain).toBeLessThanOrEqual(10);
  }, 480_000);
});
