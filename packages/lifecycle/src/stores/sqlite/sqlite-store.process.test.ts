import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
