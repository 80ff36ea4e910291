import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { findBrowser } from './browser-finder.js';
import { tryBrowser } from './browser-trial.js';

const browserPath = findBrowser(process.env.CHROME_PATH);
const leftBehind = () => readdirSync(tmpdir()).filter((name) => name.startsWith('wakeeper-trial-'));

describe('the browser of this host', () => {
  it('runs a page of its own, is named with its version, and leaves nothing behind', async () => {
    const before = leftBehind();
    const { version, ms } = await tryBrowser({ browserPath, deadlineMs: 60_000 });
    expect(version).toMatch(/^\w*Chrome\/\d+\./);
    expect(ms).toBeGreaterThan(0);
    expect(leftBehind().filter((name) => !before.includes(name))).toEqual([]);
  });
});
