import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { call } from './command-line.fixture.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wakeeper-page-layer-'));
});
afterEach(() => rm(folder, { recursive: true }));

test.each([
  ['is not there', undefined, /PAGE_LAYER_FILE .*repair\.js cannot be read \(ENOENT/],
  ['does not parse', 'const = 1;', /PAGE_LAYER_FILE .*repair\.js is no JavaScript that a page can run/],
])('the server does not start with a repair of the page that %s, and says why', async (_what, text, why) => {
  const PAGE_LAYER_FILE = join(folder, 'repair.js');
  if (text !== undefined) await writeFile(PAGE_LAYER_FILE, text);
  const env = {
    PAGE_LAYER_FILE,
    AUTH_BASE_DIR: folder,
    STORE_URL: 'memory:',
    PORT: '0',
    LOG_LEVEL: 'silent',
  };
  const { code, err } = await call(['serve'], env);
  expect(code).toBe(1);
  expect(err).toMatch(/^wakeeper cannot start\. /);
  expect(err).toMatch(why);
  const check = await call(['page-check'], env);
  expect(check.code).toBe(1);
  expect(check.err).toMatch(why);
});
