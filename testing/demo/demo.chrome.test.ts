import { describe, expect, it } from 'vitest';
import { runDemo } from './demo.js';

describe('three instances on real Chromium', () => {
  it('deliver everything they accepted, once and in order, through ten kills of a browser and ten of the node', async () => {
    const report = await runDemo({ rounds: 10, say: (line) => console.log(line) });
    expect(report).toMatchObject({ browserKills: 10, nodeKills: 10, uncertain: 0 });
    expect(report.delivered).toBe(report.accepted);
  }, 480_000);
});
