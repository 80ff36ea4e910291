import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enqueueAll, someRequest } from '../../ports/store-samples.contract.js';
import { refuseNetworkDisk } from './network-disk.js';
import { Database } from './sqlite-database.js';
import { faultOf } from './sqlite-fault.js';
import { sqliteStore } from './sqlite-store.js';

describe('what a caller is told', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wakeeper-fault-'));
    path = join(folder, 'wakeeper.db');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('of a damaged file: to go back to a backup, and nothing is made up', async () => {
    const store = sqliteStore({ path });
    await store.open();
    const ids = Array.from({ length: 200 }, (_, index) => `${index}`);
    await enqueueAll(store.queue, 'a', ids);
    await store.close();
    const file = await open(path, 'r+');
    const { size } = await file.stat();
    const pages = Buffer.alloc(size - 3 * 4096, 0xa5);
    await file.write(pages, 0, pages.length, 3 * 4096);
    await file.close();
    const reading = store.open().then(() => store.queue.list({ instanceId: 'a', limit: 999 }));
    await expect(reading).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/wakeeper\.db is damaged.*backup/),
    });
    await store.close();
  });

  it('of a call that fails by itself: that call alone is refused', async () => {
    const store = sqliteStore({ path });
    await store.open();
    await enqueueAll(store.queue, 'a', ['1', '2']);
    const other = new Database(path);
    other.exec(`UPDATE contents SET content = '{' WHERE number = 1`);
    other.close();
    const answers = await Promise.allSettled([
      store.queue.get('a', '2'),
      store.queue.get('a', '1'),
      store.queue.enqueue(someRequest('a', '3'), []),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(answers[1]).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } });
    await store.close();
  });

  it('of a network disk: to use a local one, or Redis', () => {
    for (const type of [0x6969, 0x517b, 0xff534d42, 0xff534d42 | 0]) {
      expect(() => refuseNetworkDisk(path, () => type)).toThrow(
        expect.objectContaining({
          code: 'STORE_UNAVAILABLE',
          message: expect.stringContaining('local disk'),
        }),
      );
    }
    expect(() => refuseNetworkDisk(path)).not.toThrow();
  });

  it('of anything else: that the store has failed, with what was thrown as its cause', () => {
    const cause = new Error('Out of luck.');
    expect(faultOf(cause, path)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: `The store ${path} has failed. (Out of luck.)`,
      cause,
    });
  });
});
