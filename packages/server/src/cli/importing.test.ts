import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { call } from './command-line.fixture.js';

let folder: string;
let old: string;
let env: Record<string, string>;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'wakeeper-import-')));
  old = join(folder, 'old');
  env = { STORE_URL: `sqlite:${join(folder, 'data', 'wakeeper.db')}`, AUTH_BASE_DIR: join(folder, 'auth') };
  await mkdir(old);
});
afterEach(() => rm(folder, { recursive: true, maxRetries: 5 }));

async function leave(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(old, name, 'Default'), { recursive: true });
    await writeFile(join(old, name, 'Default', 'pairing'), name);
  }
}
const dryRun = (...more: string[]) => call(['import', '--from', old, '--dry-run', ...more], env);
const outcomes = (out: string) =>
  (JSON.parse(out) as { profiles: { id: string; outcome: string }[] }).profiles.map(
    ({ id, outcome }) => `${id}: ${outcome}`,
  );

describe('wakeeper import --dry-run', () => {
  test('lists what would be adopted under which name, and changes nothing', async () => {
    await leave('session', 'session-shop');
    const { code, out } = await dryRun();
    expect(code).toBe(0);
    expect(out).toMatch(/session +default +\d+ B +would be adopted$/m);
    expect(out).toMatch(/session-shop +shop +\d+ B +would be adopted$/m);
    expect(out).toContain('Nothing was changed.');
    expect(await readdir(folder)).toEqual(['old']);
  });

  test('ends with 1 where one is in use or cannot be named so, and says which', async () => {
    await leave('session', 'session-default', `session-${'x'.repeat(65)}`, 'session-busy');
    await symlink('elsewhere-77', join(old, 'session-busy', 'SingletonLock'));
    const { code, out } = await dryRun('--json');
    expect(code).toBe(1);
    expect(outcomes(out)).toEqual([
      'default: not possible',
      'busy: in use',
      'default: would be adopted',
      `${'x'.repeat(65)}: not possible`,
    ]);
    expect(outcomes((await dryRun('--json', '--default-id', 'main')).out)[0]).toBe('main: would be adopted');
  });

  test('says so where there is nothing to adopt', async () => {
    await mkdir(join(old, 'session-empty'));
    expect(await dryRun()).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no profile in .*\n.*dataPath/),
    });
    expect(await call(['import', '--from', join(folder, 'none'), '--dry-run'], env)).toMatchObject({
      code: 1,
      err: expect.stringContaining('cannot be read'),
    });
  });
});

describe('wakeeper import', () => {
  const adopt = () => call(['import', '--from', old], env);

  test('copies them and writes them down as paired and wanted; a second time nothing is left to do', async () => {
    await leave('session-shop', 'session-Support');
    const { code, out } = await adopt();
    expect(code).toBe(0);
    expect(out).toContain('2 adopted by a copy.');
    expect(await readdir(join(folder, 'auth', 'shop', 'session-shop', 'Default'))).toEqual(['pairing']);
    expect(await readdir(old)).toEqual(['session-Support', 'session-shop']);
    const store = sqliteStore({ path: join(folder, 'data', 'wakeeper.db') });
    await store.open();
    expect(await store.instances.load()).toMatchObject(
      ['Support', 'shop'].map((id) => ({ id, paired: true, wanted: 'running' })),
    );
    await store.close();
    const again = await adopt();
    expect(again.code).toBe(0);
    expect(again.out.match(/exists already/g)).toHaveLength(2);
    expect((await dryRun()).out.match(/exists already/g)).toHaveLength(2);
  });

  test('is refused while a server works on the store, with what to do', async () => {
    await leave('session-shop');
    const store = sqliteStore({ path: join(folder, 'data', 'wakeeper.db') });
    await store.open();
    expect(await adopt()).toMatchObject({
      code: 1,
      err: expect.stringMatching(/A server works on .*\nStop it/),
    });
    expect(await dryRun()).toMatchObject({ code: 0 });
    await store.close();
  });

  test('is refused where there are no profiles to keep', async () => {
    await leave('session-shop');
    for (const given of [{ DRIVER: 'simulated' }, { STORE_URL: 'memory:' }])
      expect(await call(['import', '--from', old], { ...env, ...given })).toMatchObject({
        code: 1,
        err: expect.stringContaining('--dry-run'),
      });
  });
});
