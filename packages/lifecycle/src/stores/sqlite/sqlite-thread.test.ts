import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../ports/store.js';
import { someRequest } from '../../ports/store-samples.contract.js';
import { Database } from './sqlite-database.js';
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

  const nextThread = () => new Promise<Worker>((resolve) => process.once('worker', resolve));
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
    store = sqliteStore({ path });
    const thread = nextThread();
    await store.open();
    const waiting = enqueue(500);
    void (await thread).terminate();
    const answers = await waiting;
    const accepted = answers.flatMap((answer) =>
      answer.status === 'fulfilled' && answer.value.outcome === 'queued' ? [answer.value.item.id] : [],
    );
    const rejected = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(accepted.length + rejected.length).toBe(500);
    expect(rejected.length).toBeGreaterThan(0);
    for (const reason of rejected) expect(reason).toMatchObject(unavailable('thread has ended'));
    await expect(store.check()).rejects.toMatchObject(unavailable('open it again'));
    await expect(store.queue.head('a')).rejects.toMatchObject(unavailable('open it again'));
    await store.close();
    await store.open();
    expect(await storedIds()).toEqual(expect.arrayContaining(accepted));
  });

  it('fails the opening when it dies in it, and another opening works', async () => {
    store = sqliteStore({ path });
    const opening = store.open();
    process.once('worker', (thread) => void thread.terminate());
    const [failure] = await Promise.allSettled([opening]);
    expect(failure).toMatchObject({ status: 'rejected', reason: unavailable('thread has ended') });
    await expect(store.open()).resolves.toBeDefined();
  });

  it('misses a deadline while the file is held: all that waits is rejected, and never written', async () => {
    store = sqliteStore({ path, deadlineMs: 200 });
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

  it('is not blamed for an event loop that stood still: its answers count', async () => {
    store = sqliteStore({ path, deadlineMs: 200 });
    await store.open();
    const waiting = enqueue(100);
    // Longer than the deadline; the thread works on meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    for (const answer of await waiting) expect(answer).toMatchObject({ status: 'fulfilled' });
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
    await expect(second.open()).resolves.toEqual({ epoch: 2 });
    await second.close();
  });
});
