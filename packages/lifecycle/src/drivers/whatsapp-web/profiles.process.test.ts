import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLifecycleError } from '../../domain/errors.js';
import { DriverError } from '../../ports/driver.js';
import { until } from './chrome-world.fixture.js';
import { endChromium, startChromium } from './chromium.fixture.js';
import { Profiles } from './profiles.js';

let root: string;
let profiles: Profiles;
let chromium: ChildProcess | undefined;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'profiles-')));
  profiles = await Profiles.open(join(root, 'auth'));
});
afterEach(async () => {
  if (chromium) endChromium(chromium);
  chromium = undefined;
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
});

/** As a home-made server leaves one: LocalAuth's folder, with the lock of a browser that was killed. */
async function leaveProfile(path: string): Promise<string> {
  await mkdir(join(path, 'Default', 'IndexedDB', 'https_web.whatsapp.com_0'), { recursive: true });
  await writeFile(join(path, 'Local State'), '{"profile":1}');
  await writeFile(
    join(path, 'Default', 'IndexedDB', 'https_web.whatsapp.com_0', '000003.log'),
    'the pairing',
  );
  await symlink('cookie', join(path, 'SingletonCookie'));
  return path;
}

/** Every file below a folder, with its content and its time of change. */
async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of (await readdir(folder, { recursive: true, withFileTypes: true })).sort((a, b) =>
    join(a.parentPath, a.name).localeCompare(join(b.parentPath, b.name)),
  )) {
    const path = join(entry.parentPath, entry.name);
    hash.update(path.slice(folder.length));
    if (entry.isFile()) hash.update(await readFile(path)).update(String((await stat(path)).mtimeMs));
  }
  return hash.digest('hex');
}

const refusalOf = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => 'resolved',
    (thrown: unknown) => thrown,
  );
  if (isLifecycleError(error)) return { code: error.code as string, message: error.message };
  if (error instanceof DriverError) return error.failure;
  throw new Error(`Expected a refusal, got ${String(error)}`);
};

describe('profiles', () => {
  it('have a folder of their own for each instance, also for two that differ in their case only', () => {
    expect(profiles.profile('shop')).toBe(join(root, 'auth', 'shop', 'session-shop'));
    expect(profiles.folder('Shop').toLowerCase()).not.toBe(profiles.folder('shop').toLowerCase());
  });

  it('have one name, however AUTH_BASE_DIR is spelt', async () => {
    await symlink(join(root, 'auth'), join(root, 'link'));
    expect((await Profiles.open(join(root, 'link'))).profile('a')).toBe(profiles.profile('a'));
  });

  it('that cannot be written are refused with what to do', async () => {
    await writeFile(join(root, 'file'), '');
    const refusal = await refusalOf(Profiles.open(join(root, 'file', 'auth')));
    expect(refusal).toMatchObject({
      code: 'PROFILE_NOT_WRITABLE',
      message: expect.stringContaining('can write to'),
    });
  });

  it('are refused one by one where only theirs cannot be written', async () => {
    await writeFile(profiles.folder('a'), 'a file in the place of a folder');
    expect(await refusalOf(profiles.prepare('a'))).toMatchObject({
      code: 'PROFILE_NOT_WRITABLE',
      message: expect.stringContaining(profiles.profile('a')),
    });
    await profiles.prepare('b');
  });

  it('are removed with the folder elsewhere that a killed Chromium has left for its socket', async () => {
    const left = join(root, 'org.chromium.Chromium.AbCdEf');
    await mkdir(left);
    await symlink('cookie', join(left, 'SingletonCookie'));
    await mkdir(profiles.profile('a'), { recursive: true });
    await symlink(join(left, 'SingletonSocket'), join(profiles.profile('a'), 'SingletonSocket'));
    await profiles.remove('a');
    expect(await readdir(root)).toEqual(['auth']);
  });

  it('are removed with all that belongs to the instance, and again without complaint', async () => {
    await profiles.prepare('gone');
    await profiles.remove('gone');
    await profiles.remove('gone');
    expect(await readdir(profiles.directory)).toEqual([]);
  });
});

describe('a profile that somebody else keeps in the same directory', () => {
  it('is adopted from there, and stays when an instance of the same name as its folder is removed', async () => {
    const legacy = await leaveProfile(join(profiles.directory, 'session-shop'));
    const before = await fingerprint(legacy);
    await profiles.adopt('shop', profiles.directory);
    await profiles.prepare('session-shop');
    await profiles.remove('session-shop');
    expect(await fingerprint(legacy)).toBe(before);
    expect(await readdir(profiles.profile('shop'))).toContain('Local State');
  });
});

describe('adopting a profile', () => {
  it('copies it to its place and leaves the source as it is', async () => {
    const source = await leaveProfile(join(root, '.wwebjs_auth', 'session-shop'));
    const before = await fingerprint(source);
    await profiles.adopt('shop', source);
    expect(await fingerprint(source)).toBe(before);
    const copy = join(
      profiles.profile('shop'),
      'Default',
      'IndexedDB',
      'https_web.whatsapp.com_0',
      '000003.log',
    );
    expect(await readFile(copy, 'utf8')).toBe('the pairing');
  });

  it('finds session-<id> in the folder that is given', async () => {
    await leaveProfile(join(root, '.wwebjs_auth', 'session-shop'));
    await profiles.adopt('shop', join(root, '.wwebjs_auth'));
    expect(await readdir(profiles.profile('shop'))).toContain('Local State');
  });

  it('leaves the locks of the browser behind', async () => {
    await profiles.adopt('shop', await leaveProfile(join(root, 'old')));
    expect(await readdir(profiles.profile('shop'))).not.toContain('SingletonCookie');
  });

  it('is refused where there is no profile, naming those that are there', async () => {
    await leaveProfile(join(root, '.wwebjs_auth', 'session-other'));
    const refusal = await refusalOf(profiles.adopt('shop', join(root, '.wwebjs_auth')));
    expect(refusal).toMatchObject({
      code: 'PROFILE_NOT_FOUND',
      message: expect.stringContaining('session-other'),
    });
  });

  it('is refused while a browser works on it, and possible afterwards', async () => {
    const source = join(root, 'used');
    chromium = await startChromium(source);
    const refusal = await refusalOf(profiles.adopt('shop', source));
    expect(refusal).toMatchObject({
      code: 'PROFILE_IN_USE',
      message: expect.stringContaining(`process ${chromium.pid}`),
    });
    await until(async () => (await readdir(source)).includes('Default'), 'a profile in the folder');
    const exited = new Promise((resolve) => chromium?.once('exit', resolve));
    endChromium(chromium);
    await exited;
    await profiles.adopt('shop', source);
    expect(await readdir(profiles.profile('shop'))).toContain('Default');
  });

  it('is refused while another host has it locked, and says how to go on', async () => {
    const source = await leaveProfile(join(root, 'far'));
    await symlink('far-away-7', join(source, 'SingletonLock'));
    const refusal = await refusalOf(profiles.adopt('shop', source));
    expect(refusal).toMatchObject({
      code: 'PROFILE_IN_USE',
      message: expect.stringMatching(/far-away.*SingletonLock/),
    });
  });

  it('never replaces a profile that the instance has', async () => {
    const source = await leaveProfile(join(root, 'old'));
    await profiles.prepare('shop');
    expect((await refusalOf(profiles.adopt('shop', source))).code).toBe('PROFILE_IN_USE');
  });

  it('leaves nothing at the destination that is half copied, and begins anew after a crash', async () => {
    const source = await leaveProfile(join(root, 'old'));
    // What a crash in the middle of an earlier attempt has left.
    await mkdir(join(profiles.folder('shop'), '.adopting-crashed', 'Default'), { recursive: true });
    await profiles.adopt('shop', source);
    expect(await readdir(profiles.folder('shop'))).toEqual(['session-shop']);
  });
});
