import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../ports/store.js';
import { someRecord, someRequest } from '../../ports/store-samples.contract.js';
import { SqliteChannel } from './sqlite-channel.js';
import { Database } from './sqlite-database.js';
import { contentRow, itemRow } from './sqlite-rows.js';
import { sqliteStore } from './sqlite-store.js';

describe('the thread of a sqlite store', () => {
  let folder: string;
  let path: string;
  let store: Store;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wakeeper-thread-'));
    path = join(folder, 'wakeeper.db');
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  const enqueue = (count: number, of = store) =>
    Promise.allSettled(
      Array.from({ length: count }, (_, index) => of.queue.enqueue(someRequest('a', `${index}`), [])),
    );
  const unavailable = (words: string) => ({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining(words),
  });
  const storedIds = async () =>
    (await store.queue.list({ instanceId: 'a', limit: 9999 })).map(({ id }) => id);

  it('is heard when it dies: what waits is rejected, and what comes later is told to open again', async () => {
    const channel = new SqliteChannel({ path, deadlineMs: 10_000, commitDeadlineMs: 30_000 });
    await channel.opened;
    const ask = (id: number) => {
      const request = someRequest('a', `${id}`);
      return channel.ask('enqueue', itemRow(request), contentRow(request), 9999, []);
    };
    const before = Array.from({ length: 300 }, (_, id) => ask(id));
    const crash = channel.ask('a mistake' as 'check');
    const answers = await Promise.allSettled([
      ...before,
      crash,
      ...Array.from({ length: 300 }, (_, id) => ask(300 + id)),
    ]);
    const accepted = answers.flatMap((answer, index) => (answer.status === 'fulfilled' ? [`${index}`] : []));
    const rejected = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(accepted.length).toBeGreaterThan(0);
    expect(rejected.length).toBeGreaterThan(300);
    for (const reason of rejected) expect(reason).toMatchObject(unavailable('its thread has crashed'));
    await expect(channel.ask('head', 'a', [])).rejects.toMatchObject(unavailable('open it again'));
    await channel.close();
    store = sqliteStore({ path });
    await store.open();
    expect(await storedIds()).toEqual(accepted);
  });

  it('misses a deadline while the file is held: all that waits is rejected, and never written', async () => {
    store = sqliteStore({ path, deadlineMs: 1000 });
    await store.open();
    const holder = new Database(path);
    holder.exec('BEGIN IMMEDIATE');
    const answers = await enqueue(100);
    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 'rejected',
        reason: unavailable('Nothing of this was written'),
      });
    }
    holder.exec('ROLLBACK');
    holder.close();
    await expect(store.check()).resolves.toBeUndefined();
    expect(await storedIds()).toEqual([]);
    expect((await enqueue(3)).map(({ status }) => status)).toEqual(Array(3).fill('fulfilled'));
  });

  it('takes what is asked beside a request that cannot travel to it, which is refused by itself', async () => {
    store = sqliteStore({ path });
    await store.open();
    const labels = { team: () => 'sales' } as unknown as Record<string, string>;
    const answers = await Promise.allSettled([
      store.queue.enqueue(someRequest('a', '1'), []),
      store.instances.save(someRecord('a', { labels }), []),
      store.queue.enqueue(someRequest('a', '2'), []),
    ]);
    expect(answers[1]).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_INPUT' } });
    expect(await storedIds()).toEqual(['1', '2']);
    expect(await store.instances.load()).toEqual([]);
  });

  it('does what was asked in the turn of its closing', async () => {
    store = sqliteStore({ path });
    await store.open();
    const asked = enqueue(100);
    await store.close();
    expect((await asked).map(({ status }) => status)).toEqual(Array(100).fill('fulfilled'));
    await store.open();
    expect(await storedIds()).toHaveLength(100);
  });

  it('refuses a second store on the same file, and says which file and what to do', async () => {
    store = sqliteStore({ path });
    await store.open();
    const second = sqliteStore({ path });
    await expect(second.open()).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringMatching(/in use.*wakeeper\.db\.lock.*Stop it/),
    });
    await expect(store.check()).resolves.toBeUndefined();
    await store.close();
    await expect(second.open()).resolves.toMatchObject({ epoch: 2 });
    await second.close();
  });
});
