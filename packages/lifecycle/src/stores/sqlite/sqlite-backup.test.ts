import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLifecycleError } from '../../domain/errors.js';
import type { Store } from '../../ports/store.js';
import { someRecord, someRequest } from '../../ports/store-samples.contract.js';
import { backupSqliteStore } from './sqlite-backup.js';
import { Database } from './sqlite-database.js';
import { sqliteStore } from './sqlite-store.js';
import { inspectSqliteStore } from './store-inspection.js';

let folder: string;
let from: string;
let to: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wakeeper-backup-'));
  [from, to] = [join(folder, 'wakeeper.db'), join(folder, 'copy.db')];
  store = sqliteStore({ path: from });
  await store.open();
  await store.instances.insert(someRecord('shop'), []);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const refusalOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (isLifecycleError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  return 'accepted';
};
const enqueue = (first: number, last: number) =>
  Promise.all(
    Array.from({ length: last - first + 1 }, (_, at) =>
      store.queue.enqueue(someRequest('shop', `item-${first + at}`, { maxQueueSize: 10_000 }), []),
    ),
  );
/** The ids in a store's file, in their order, read through a store of its own. */
async function idsIn(path: string): Promise<string[]> {
  const copy = sqliteStore({ path });
  await copy.open();
  const items = await copy.queue.list({ instanceId: 'shop', limit: 10_000 });
  await copy.close();
  return items.map(({ id }) => id);
}
const ids = (count: number) => Array.from({ length: count }, (_, at) => `item-${at + 1}`);

describe('a backup of a store that is open', () => {
  it('holds everything that was accepted before it, and opens as a store', async () => {
    await enqueue(1, 50);
    const made = backupSqliteStore({ from, to });
    expect(made).toMatchObject({ path: to, instances: 1, items: 50, open: 50, bytes: statSync(to).size });
    expect(await idsIn(to)).toEqual(ids(50));
  });

  it('leaves the store at work: what comes afterwards is accepted, and is not in the copy', async () => {
    await enqueue(1, 3);
    backupSqliteStore({ from, to });
    await enqueue(4, 6);
    expect(await idsIn(to)).toEqual(ids(3));
    expect((await store.queue.list({ instanceId: 'shop', limit: 100 })).map(({ id }) => id)).toEqual(ids(6));
  });

  it('is one moment of it while it writes: no item without the ones before it', async () => {
    await enqueue(1, 100);
    const meanwhile = enqueue(101, 1500);
    const { items } = backupSqliteStore({ from, to });
    await meanwhile;
    expect(items).toBeGreaterThanOrEqual(100);
    expect(await idsIn(to)).toEqual(ids(items));
  });

  it('takes no ownership: the epoch stays, and the owner keeps its lock', async () => {
    const epochOf = (path: string) => {
      const database = new Database(path);
      const epoch = database.get('SELECT epoch FROM owner')?.epoch;
      database.close();
      return epoch;
    };
    backupSqliteStore({ from, to });
    expect([epochOf(from), epochOf(to)]).toEqual([1, 1]);
    await expect(sqliteStore({ path: from }).open()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  });

  it('is for nobody else to read, and leaves nothing beside it', () => {
    backupSqliteStore({ from, to });
    expect(statSync(to).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
  });

  it('can be made of a store that nobody has open', async () => {
    await enqueue(1, 2);
    await store.close();
    expect(backupSqliteStore({ from, to })).toMatchObject({ items: 2 });
  });
});

describe('a backup is refused', () => {
  it('over a file that is there, which stays as it is', () => {
    writeFileSync(to, 'precious');
    expect(refusalOf(() => backupSqliteStore({ from, to }))).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('not overwritten'),
    });
    expect(readFileSync(to, 'utf8')).toBe('precious');
  });

  it('of a store that is not there, which is not made', () => {
    const missing = join(folder, 'missing.db');
    expect(refusalOf(() => backupSqliteStore({ from: missing, to }))).toMatchObject({
      message: expect.stringContaining('STORE_URL'),
    });
    expect([existsSync(missing), existsSync(to)]).toEqual([false, false]);
  });

  it('into a folder that is not there', () => {
    const refusal = refusalOf(() => backupSqliteStore({ from, to: join(folder, 'none', 'copy.db') }));
    expect(refusal).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('no folder') });
  });

  it('of the database of another program, and of what is none', () => {
    const foreign = join(folder, 'foreign.db');
    const database = new Database(foreign);
    database.exec('CREATE TABLE songs (title TEXT)');
    database.close();
    writeFileSync(
      join(folder, 'text.db'),
      'no database at all, and longer than a header of one is. '.repeat(4),
    );
    for (const path of [foreign, join(folder, 'text.db')])
      expect(
        refusalOf(() => backupSqliteStore({ from: path, to })),
        path,
      ).toMatchObject({ code: 'STORE_SCHEMA' });
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual([]);
  });
});

describe('a look at a store', () => {
  it('says what it holds and that it has an owner, and changes nothing', async () => {
    const seen = inspectSqliteStore(from);
    expect(seen).toMatchObject({ path: from, exists: true, ids: ['shop'], isOwned: true });
    expect(seen.newestAt).toBe(someRecord('shop').since);
    await enqueue(1, 1);
    await store.close();
    expect(inspectSqliteStore(from)).toMatchObject({ isOwned: false });
    expect(await store.open()).toMatchObject({ epoch: 2 });
  });

  it('makes no store where there is none', () => {
    const missing = join(folder, 'missing.db');
    expect(inspectSqliteStore(missing)).toMatchObject({ exists: false, ids: [], isOwned: false });
    expect(readdirSync(folder).filter((name) => name.startsWith('missing'))).toEqual([]);
  });

  it('refuses one of a newer version, and one that is damaged', async () => {
    await store.close();
    const database = new Database(from);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(refusalOf(() => inspectSqliteStore(from))).toMatchObject({ code: 'STORE_SCHEMA' });
    const other = join(folder, 'other.db');
    writeFileSync(other, Buffer.alloc(8192, 'x'));
    expect(refusalOf(() => inspectSqliteStore(other))).toMatchObject({ code: 'STORE_SCHEMA' });
  });
});
