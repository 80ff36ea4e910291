import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FactDraft } from '../../domain/fact.js';
import type { Store } from '../../ports/store.js';
import { someRecord, someRequest } from '../../ports/store-samples.contract.js';
import { Database } from './sqlite-database.js';
import { readSqliteHistory } from './sqlite-history.js';
import { sqliteStore } from './sqlite-store.js';

let folder: string;
let path: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wakeeper-history-'));
  path = join(folder, 'wakeeper.db');
  store = sqliteStore({ path });
  await store.open();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const move = (instanceId: string, at: number, cause?: string): FactDraft => ({
  type: 'instance.state',
  instanceId,
  at,
  body: {
    state: 'ready',
    detail: 'healthy',
    previous: 'connecting',
    wanted: 'running',
    reason: 'Ann, +49 151 1234567, has called.',
    retryAt: null,
    generation: 2,
    ...(cause !== undefined && { cause }),
  },
});
const outcome = (
  type: 'message.queued' | 'message.sent' | 'message.uncertain',
  queueId: string,
  at: number,
): FactDraft => ({
  type,
  instanceId: 'shop',
  at,
  body: {
    queueId,
    type: 'message',
    status: 'queued',
    to: '4915112345678@c.us',
    messageId: null,
    ack: null,
    metadata: null,
    error: null,
    errorCode: null,
  },
});

describe('the history in a store', () => {
  it('is read while the owner works: moves, sends by status, and what became of the uncertain', async () => {
    const record = someRecord('shop');
    await store.instances.insert(record, [move('shop', 10), move('shop', 20, 'BOOT')]);
    const { createdAt } = someRequest('shop', 'a');
    await store.queue.enqueue(someRequest('shop', 'a'), [outcome('message.queued', 'a', 30)]);
    await store.facts.append([
      outcome('message.queued', 'b', 31),
      outcome('message.uncertain', 'a', 32),
      outcome('message.sent', 'a', 33),
    ]);
    const { createdAt: made, state, detail, wanted } = record;
    const history = readSqliteHistory(path, 0);
    const place = {
      state: 'ready',
      detail: 'healthy',
      previous: 'connecting',
      wanted: 'running',
      generation: 2,
    };
    expect(history).toEqual({
      instances: [
        {
          id: 'shop',
          createdAt: made,
          state,
          detail,
          wanted,
          moves: [
            { at: 10, ...place, cause: null },
            { at: 20, ...place, cause: 'BOOT' },
          ],
        },
      ],
      sends: [{ status: 'queued', errorCode: null, count: 1 }],
      outcomesOfUncertain: [
        { at: 30, type: 'message.queued', queueId: 'a' },
        { at: 32, type: 'message.uncertain', queueId: 'a' },
        { at: 33, type: 'message.sent', queueId: 'a' },
      ],
      factsSince: null,
    });
    expect(readSqliteHistory(path, createdAt + 1).sends).toEqual([]);
    // The owner goes on.
    await store.facts.append([move('shop', 40)]);
  });

  it('says since when other facts are kept, once some were removed', async () => {
    await store.facts.append([1, 2, 3, 4].map((at) => outcome('message.queued', 'a', at)));
    expect(readSqliteHistory(path, 0).factsSince).toBeNull();
    await store.facts.prune(2, 500);
    expect(readSqliteHistory(path, 0).factsSince).toBe(3);
  });

  it('is refused where there is no store, or something else', () => {
    expect(() => readSqliteHistory(join(folder, 'none.db'), 0)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining('STORE_URL') }),
    );
    const text = join(folder, 'text.db');
    writeFileSync(text, 'This is a text, and no database at all.'.repeat(100));
    expect(() => readSqliteHistory(text, 0)).toThrow(expect.objectContaining({ code: 'STORE_SCHEMA' }));
    const empty = join(folder, 'empty.db');
    new Database(empty).close();
    writeFileSync(empty, '');
    expect(readSqliteHistory(empty, 0).instances).toEqual([]);
  });
});
