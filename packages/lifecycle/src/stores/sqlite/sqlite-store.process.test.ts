import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeStore } from '../../ports/store.contract.js';
import { Database } from './sqlite-database.js';
import { sqliteStore } from './sqlite-store.js';

describeStore('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'wakeeper-store-'));
  const path = join(folder, 'made', 'on', 'demand', 'wakeeper.db');
  return {
    store: () => sqliteStore({ path }),
    usurp: async () => {
      const other = new Database(path);
      other.exec('UPDATE owner SET epoch = epoch + 1');
      other.close();
    },
    dispose: () => rm(folder, { recursive: true }),
  };
});

it.skipIf(process.platform === 'win32')(
  'is for its owner alone: it holds messages, and secrets of webhooks',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wakeeper-store-'));
    const before = process.umask(0o022);
    const store = sqliteStore({ path: join(folder, 'data', 'wakeeper.db') });
    await store.open();
    process.umask(before);
    for (const name of (await readdir(join(folder, 'data'))).filter((each) => !each.includes('.lock')))
      expect([name, (await stat(join(folder, 'data', name))).mode & 0o777]).toEqual([name, 0o600]);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    await store.close();
    await rm(folder, { recursive: true });
  },
);
