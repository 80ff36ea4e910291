import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBrowser } from './browser-finder.js';
import { endProcessesOn } from './browser-reaper.js';
import { until } from './chrome-world.fixture.js';
import { endChromium, startChromium } from './chromium.fixture.js';
import { listFromPs, processesOn, worksOn } from './process-table.js';

let root: string;
let started: ChildProcess[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'reaper-'));
  started = [];
});
afterEach(async () => {
  for (const child of started) endChromium(child);
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
});
const chromium = async (name: string): Promise<string> => {
  const profile = join(root, name);
  started.push(await startChromium(profile));
  return profile;
};

describe('browser reaper', () => {
  it('ends a browser left behind with all its children, and spares the one whose name begins the same', async () => {
    const [foo, foobar] = [await chromium('foo'), await chromium('foobar')];
    expect(await endProcessesOn(foo, 5_000)).toEqual([]);
    expect(await processesOn(foo)).toEqual([]);
    const spared = (await processesOn(foobar)).map(({ pid }) => pid);
    expect(spared).toContain(started[1]?.pid);
  });

  it('ends what a dead browser left: children that are stopped', async () => {
    const profile = await chromium('stopped');
    const browser = started[0]?.pid as number;
    for (const { pid } of await processesOn(profile)) if (pid !== browser) process.kill(pid, 'SIGSTOP');
    process.kill(browser, 'SIGKILL');
    await until(
      async () => !(await processesOn(profile)).some(({ pid }) => pid === browser),
      'the end of the browser',
    );
    expect((await processesOn(profile)).length).toBeGreaterThan(0);
    expect(await endProcessesOn(profile, 5_000)).toEqual([]);
  });

  it('does not wait for a zombie, which is dead and only not collected', async () => {
    const profile = join(root, 'zombie');
    // The shell becomes a program that never collects the child it had. It does not name the profile itself: it would be
    // found, and ended, as long as it is a shell.
    const script =
      '"$BROWSER" --headless --no-sandbox "--user-data-dir=$PROFILE" >/dev/null 2>&1 & exec sleep 600';
    const env = { ...process.env, BROWSER: findBrowser(process.env.CHROME_PATH), PROFILE: profile };
    const parent = spawn('bash', ['-c', script], { env, detached: true, stdio: 'ignore' });
    started.push(parent);
    await until(async () => (await processesOn(profile)).length > 0, 'the browser');
    const command = `/proc/${parent.pid}/comm`;
    await until(async () => (await readFile(command, 'utf8')) === 'sleep\n', 'the program that was a shell');
    expect(await endProcessesOn(profile, 5_000)).toEqual([]);
    expect(await hasZombie(parent.pid as number)).toBe(true);
    expect(await endProcessesOn(profile, 0)).toEqual([]);
  });

  it('resolves at once where nothing works on the profile', async () => {
    expect(await endProcessesOn(join(root, 'nobody'), 0)).toEqual([]);
  });

  it('sees the same through ps as through /proc', async () => {
    const profile = await chromium('both');
    // Stopped, it has no new children between the two looks; a process that was busy stops a moment later.
    process.kill(-(started[0]?.pid as number), 'SIGSTOP');
    const pids = (list: readonly { pid: number }[]) => list.map(({ pid }) => pid).sort();
    let byPs: Awaited<ReturnType<typeof listFromPs>> = [];
    await until(async () => {
      byPs = (await listFromPs()).filter(({ alive, commandLine }) => alive && worksOn(commandLine, profile));
      return isDeepStrictEqual(pids(byPs), pids(await processesOn(profile)));
    }, 'the same answer of both');
    expect(byPs.length).toBeGreaterThan(1);
    expect(new Set(byPs.map(({ startedAt }) => startedAt))).not.toContain('');
  });
});

async function hasZombie(parent: number): Promise<boolean> {
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' && Number(ppid) === parent) return true;
  }
  return false;
}
