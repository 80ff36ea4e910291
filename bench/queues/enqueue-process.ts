/**
 * A process that measures durable enqueueing and its two floors, one after the other, on the disk that the project is on:
 * `enqueue-process.ts <producers> <ours|floors first>`.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InstanceManager, type ItemContent } from '@wakeeper/lifecycle';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { simulatedDriver } from '@wakeeper/lifecycle/testing';
import { acceptedItem, Database, messageFact, queueIdMaker } from '../lifecycle-internals.js';

export interface EnqueueFigures {
  /** Operations a second. */
  readonly ours: number;
  /** The store's own, one after the other: each waits for its commit before the next is asked. */
  readonly oneByOne: number;
  /** One insert of one row in each transaction, by SQLite alone. */
  readonly bareInsert: number;
  /** Median of one durable write of 4 KiB, in microseconds. */
  readonly fdatasyncUs: number;
}

const WARM_UP_MS = 400;
const MEASURED_MS = 1_500;
const SYNCS = 200;
/** About what a message with a paragraph of text takes. */
const CONTENT: ItemContent = {
  type: 'message',
  payload: { to: '4915100000001@c.us', text: 'x'.repeat(400) },
};

interface Enqueuer {
  /** Resolves when the message is on the disk. */
  enqueue(producer: number): Promise<void>;
  end(): Promise<void>;
}

/** Instances that are stopped and take messages all the same, so that nothing but the enqueueing happens. */
async function managed(folder: string, producers: number): Promise<Enqueuer> {
  const manager = await InstanceManager.open({
    driver: simulatedDriver(),
    store: sqliteStore({ path: join(folder, 'managed.db') }),
    queueAcceptStates: ['stopped'],
    maxQueueSize: 10_000_000,
    checkHost: async () => true,
  });
  for (let id = 0; id < producers; id += 1) await manager.create({ id: `instance-${id}`, start: false });
  return {
    enqueue: async (producer) => {
      const receipt = await manager.send(`instance-${producer}`, CONTENT, { waitMs: 0 });
      if (receipt.status !== 'queued') throw new Error(`not queued: ${receipt.error}`);
    },
    end: () => manager.close(),
  };
}

/** The bare store: the same writes as ours, one of them in each commit, for whoever waits for each. */
async function oneByOne(folder: string): Promise<Enqueuer> {
  const store = sqliteStore({ path: join(folder, 'one-by-one.db') });
  await store.open();
  const clock = { now: Date.now, random: Math.random };
  const newId = queueIdMaker(clock);
  return {
    enqueue: async (producer) => {
      const createdAt = Date.now();
      const request = {
        id: newId(),
        instanceId: `instance-${producer}`,
        content: CONTENT,
        account: null,
        metadata: null,
        createdAt,
        expiresAt: null,
        maxQueueSize: 10_000_000,
        idempotency: null,
      };
      const fact = messageFact('message.queued', acceptedItem(request, 0), createdAt);
      const { outcome } = await store.queue.enqueue(request, [fact]);
      if (outcome !== 'queued') throw new Error(`not queued: ${outcome}`);
    },
    end: () => store.close(),
  };
}

/** The settings of the real store, one connection, one table, one transaction an insert. */
async function bareInsert(folder: string): Promise<Enqueuer> {
  const database = new Database(join(folder, 'single.db'));
  for (const setting of ['journal_mode = WAL', 'synchronous = FULL', 'wal_autocheckpoint = 4000'])
    database.exec(`PRAGMA ${setting}`);
  database.exec(
    'CREATE TABLE items (instance TEXT, seq INTEGER, body TEXT, PRIMARY KEY (instance, seq)) WITHOUT ROWID',
  );
  let seq = 0;
  return {
    enqueue: async (producer) => {
      seq += 1;
      const body = JSON.stringify(CONTENT);
      database.run('BEGIN IMMEDIATE');
      database.run('INSERT INTO items VALUES (?, ?, ?)', `instance-${producer}`, seq, body);
      database.run('COMMIT');
    },
    end: async () => database.close(),
  };
}

/** Operations a second of so many producers, each of which waits for its own before the next. */
async function rateOf({ enqueue }: Enqueuer, producers: number): Promise<number> {
  const from = performance.now() + WARM_UP_MS;
  const until = from + MEASURED_MS;
  let done = 0;
  let last = from;
  // The clock is asked after each, not a timer: an enqueuer that never yields would keep a timer from being heard.
  const produce = async (producer: number): Promise<void> => {
    for (let now = 0; now < until; ) {
      await enqueue(producer);
      now = performance.now();
      if (now < from) continue;
      done += 1;
      last = now;
    }
  };
  await Promise.all(Array.from({ length: producers }, (_, producer) => produce(producer)));
  return (done * 1000) / (last - from);
}

function fdatasyncUs(folder: string): number {
  const file = openSync(join(folder, 'synced'), 'w');
  const page = Buffer.alloc(4096, 1);
  const times = Array.from({ length: SYNCS }, () => {
    writeSync(file, page);
    const began = performance.now();
    fdatasyncSync(file);
    return (performance.now() - began) * 1000;
  });
  closeSync(file);
  return times.sort((a, b) => a - b)[SYNCS / 2] ?? 0;
}

const [given = '', first = ''] = process.argv.slice(2);
const producers = Number(given);
const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
await mkdir(cache, { recursive: true });
const folder = await mkdtemp(join(cache, 'bench-'));
try {
  const sides = {
    ours: () => managed(folder, producers),
    oneByOne: () => oneByOne(folder),
    bareInsert: () => bareInsert(folder),
  };
  const rates = { ours: 0, oneByOne: 0, bareInsert: 0 };
  const order = ['ours', 'oneByOne', 'bareInsert'] as const;
  for (const side of first === 'ours' ? order : order.toReversed()) {
    const enqueuer = await sides[side]();
    rates[side] = await rateOf(enqueuer, side === 'oneByOne' ? 1 : producers);
    await enqueuer.end();
  }
  const figures: EnqueueFigures = { ...rates, fdatasyncUs: fdatasyncUs(folder) };
  console.log(JSON.stringify(figures));
} finally {
  await rm(folder, { recursive: true, force: true });
}
