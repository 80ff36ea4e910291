import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProfiles } from './found-profiles.js';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'found-profiles-')));
});
afterEach(() => rm(folder, { recursive: true }));

async function leave(name: string): Promise<void> {
  await mkdir(join(folder, name, 'Default', 'IndexedDB'), { recursive: true });
  await writeFile(join(folder, name, 'Local State'), '12345');
  await writeFile(join(folder, name, 'Default', 'IndexedDB', '000003.log'), '1234567');
}

describe('the profiles that LocalAuth left', () => {
  it('are those with and without a client id, with the size of their files', async () => {
    for (const name of ['session-shop', 'session', 'session-Support_2']) await leave(name);
    expect(await findProfiles(folder)).toEqual([
      { path: join(folder, 'session'), clientId: null, bytes: 12, heldBy: null },
      { path: join(folder, 'session-Support_2'), clientId: 'Support_2', bytes: 12, heldBy: null },
      { path: join(folder, 'session-shop'), clientId: 'shop', bytes: 12, heldBy: null },
    ]);
  });

  it('are not the folders of wakeeper, files, and what no browser has written to', async () => {
    await leave('shop');
    await mkdir(join(folder, 'session-empty'));
    await writeFile(join(folder, 'session-file'), '');
    await leave('sessions');
    expect(await findProfiles(folder)).toEqual([]);
  });

  it('are in use where a browser of another host has locked them, and stay locked', async () => {
    await leave('session-shop');
    await symlink('elsewhere-77', join(folder, 'session-shop', 'SingletonLock'));
    expect(await findProfiles(folder)).toMatchObject([{ heldBy: { pid: 77, host: 'elsewhere' } }]);
    expect(await readdir(join(folder, 'session-shop'))).toContain('SingletonLock');
  });

  it('cannot be found in a folder that is not there', async () => {
    await expect(findProfiles(join(folder, 'none'))).rejects.toMatchObject({
      code: 'PROFILE_NOT_FOUND',
      message: expect.stringContaining('dataPath'),
    });
  });
});
