import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readlink, rm, symlink } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from './chrome-world.fixture.js';
import { endChromium, startChromium } from './chromium.fixture.js';
import { holderOf, removeStaleLocks } from './chromium-locks.js';
import { processesOn } from './process-table.js';

let profile: string;
let elsewhere: string;
let pretenders: ChildProcess[];
let chromium: ChildProcess | undefined;
beforeEach(async () => {
  profile = await mkdtemp(join(tmpdir(), 'chromium-locks-'));
  elsewhere = await mkdtemp(join(tmpdir(), 'chromium-locks-'));
  pretenders = [];
});
afterEach(async () => {
  if (chromium) endChromium(chromium);
  chromium = undefined;
  for (const each of pretenders) each.kill('SIGKILL');
  for (const folder of [profile, elsewhere])
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});
const lockedBy = (host: string, pid: number): Promise<void> =>
  symlink(`${host}-${pid}`, join(profile, 'SingletonLock'));

describe('Chromium’s own lock on a profile', () => {
  it('of another host is removed, so that a container with a new name can start', async () => {
    await lockedBy('container-that-is-gone', 7);
    expect(await removeStaleLocks(profile)).toBe(true);
    chromium = await startChromium(profile);
    expect(await readlink(join(profile, 'SingletonLock'))).toBe(`${hostname()}-${chromium.pid}`);
  });

  it('takes its socket’s folder along', async () => {
    const folder = join(elsewhere, 'org.chromium.Chromium.AbCdEf');
    await mkdir(folder);
    await symlink('cookie', join(folder, 'SingletonCookie'));
    await symlink(join(folder, 'SingletonSocket'), join(profile, 'SingletonSocket'));
    expect(await removeStaleLocks(profile)).toBe(true);
    expect(existsSync(folder)).toBe(false);
  });

  it('is left alone while a browser works on the profile', async () => {
    chromium = await startChromium(profile);
    const before = await readlink(join(profile, 'SingletonLock'));
    expect(await removeStaleLocks(profile)).toBe(false);
    expect(await readlink(join(profile, 'SingletonLock'))).toBe(before);
    expect(await holderOf(profile)).toMatchObject({ host: hostname() });
  });

  it('is held by the browser, whichever of its processes is found first', async () => {
    pretenders = ['--type=renderer', '--type=gpu-process', '--headless'].map((kind) =>
      spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', '--', `--user-data-dir=${profile}`, kind]),
    );
    await until(async () => (await processesOn(profile)).length === 3, 'three processes on the profile');
    expect(await holderOf(profile)).toEqual({ pid: pretenders[2]?.pid, host: hostname() });
  });

  it('names a holder on another host, which nobody here can check', async () => {
    await lockedBy('far-away', 4711);
    expect(await holderOf(profile)).toEqual({ host: 'far-away', pid: 4711 });
  });

  it('names nobody when the browser of this host has died', async () => {
    // No process has this number: it is above what the kernel gives out.
    await lockedBy(hostname(), 2 ** 30);
    expect(await holderOf(profile)).toBeUndefined();
  });
});
