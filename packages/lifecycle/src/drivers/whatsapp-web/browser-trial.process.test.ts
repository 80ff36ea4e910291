import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DriverError } from '../../ports/driver.js';
import { tryBrowser } from './browser-trial.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'browser-trial-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A program in the place of the browser. */
function browser(script: string): string {
  const path = join(folder, 'browser.sh');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}
const failureOf = async (browserPath: string, deadlineMs = 10_000) => {
  const thrown: unknown = await tryBrowser({ browserPath, deadlineMs }).catch((error: unknown) => error);
  if (thrown instanceof DriverError) return thrown.failure;
  throw new Error(`Expected a DriverError, got ${JSON.stringify(thrown)}`);
};
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a browser that does not start', () => {
  it('for want of a sandbox is told with what to allow', async () => {
    const path = browser('echo "FATAL: zygote_host_impl_linux.cc No usable sandbox!" >&2; exit 1');
    expect(await failureOf(path)).toEqual({
      code: 'LAUNCH_FAILED',
      message: expect.stringMatching(/user namespaces.*CHROME_ARGS=--no-sandbox/),
    });
  });

  it('for want of a library is told with its name', async () => {
    const path = browser(
      'echo "chrome: error while loading shared libraries: libnss3.so: cannot open" >&2; exit 127',
    );
    expect((await failureOf(path)).message).toMatch(/libnss3\.so.*chromium package/);
  });

  it('because it is none is told with CHROME_PATH', async () => {
    expect((await failureOf(join(folder, 'nothing'))).message).toMatch(/ENOENT.*CHROME_PATH/);
  });

  it('says nothing until the deadline, and is killed with its children', async () => {
    const path = browser(`sleep 300 & echo "$$ $!" > ${folder}/pids; trap '' TERM; wait; sleep 300`);
    expect(await failureOf(path, 1500)).toMatchObject({
      code: 'LAUNCH_FAILED',
      message: expect.stringContaining('no answer within 1.5 s'),
    });
    expect(existsSync(join(folder, 'pids'))).toBe(true);
    const pids = readFileSync(join(folder, 'pids'), 'utf8').trim().split(' ').map(Number);
    expect(pids).toHaveLength(2);
    await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  });
});
