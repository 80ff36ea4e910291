import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLifecycleError } from '../domain/errors.js';
import { ITEM_STATUSES } from '../domain/message.js';
import type { Store } from '../ports/store.js';
import {
  alertFact,
  messageFact,
  someRecord,
  someRequest,
  stateFact,
} from '../ports/store-samples.contract.js';
import { MemoryData } from './memory/memory-data.js';
import { memoryStore } from './memory/memory-store.js';
import { sqliteStore } from './sqlite/sqlite-store.js';

/** One call of the port. It is printed by its text when a sequence fails. */
type Call = (store: Store) => Promise<unknown>;
const INSTANCES = ['a', 'b', 'B'];
const IDS = Array.from({ length: 12 }, (_, index) => `item-${index}`);

const instance = fc.constantFrom(...INSTANCES);
const id = fc.constantFrom(...IDS);
const time = fc.integer({ min: 0, max: 20 });
const key = fc.constantFrom('k1', 'k2', 'k3');
const statuses = fc.subarray([...ITEM_STATUSES]);
const few = fc.integer({ min: 0, max: 4 });
const fact = fc.oneof(
  instance.map((of) => stateFact(of)),
  fc.tuple(instance, id).map(([of, queueId]) => messageFact(of, queueId)),
  fc.constantFrom('X', 'Y').map(alertFact),
);
const facts = fc.array(fact, { maxLength: 3 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** Leaves out what is undefined: absent and undefined are not the same to the port. */
const present = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

const idempotency = fc.option(fc.record({ key, fingerprint: fc.constantFrom('f1', 'f2'), expiresAt: time }));
const enqueue = fc
  .record({
    id,
    instance,
    createdAt: time,
    expiresAt: fc.option(time),
    maxQueueSize: few,
    idempotency,
    facts,
  })
  .map(
    ({ facts, instance, id, ...change }): Call =>
      (store) =>
        store.queue.enqueue(
          someRequest(instance, id, { ...change, metadata: { time: change.createdAt } }),
          facts,
        ),
  );
const change = fc
  .record({
    instanceId: instance,
    id,
    from: statuses,
    status: fc.constantFrom(...ITEM_STATUSES),
    attempts: optional(few),
    messageKey: optional(key),
    messageId: optional(fc.option(fc.constantFrom('m1', 'm2'))),
    ack: optional(fc.option(fc.constantFrom(-1, 0, 1, 2, 3, 4))),
    error: optional(fc.option(fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')))),
    errorCode: optional(fc.option(fc.constantFrom('UNCERTAIN', 'TIMEOUT'))),
    attemptedAt: optional(time),
    settledAt: optional(fc.option(time)),
    facts,
  })
  .map(
    ({ facts, ...fields }): Call =>
      (store) =>
        store.queue.change(present(fields) as Parameters<Store['queue']['change']>[0], facts),
  );
const look = fc.oneof(
  instance.map(
    (of): Call =>
      (store) =>
        store.queue.head(of),
  ),
  fc.tuple(instance, id).map(
    ([of, one]): Call =>
      (store) =>
        store.queue.get(of, one),
  ),
  fc.tuple(instance, key).map(
    ([of, one]): Call =>
      (store) =>
        store.queue.byMessageKey(of, one),
  ),
  fc.record({ instanceId: instance, statuses: optional(statuses), limit: few, afterSeq: optional(few) }).map(
    (query): Call =>
      (store) =>
        store.queue.list(present(query) as Parameters<Store['queue']['list']>[0]),
  ),
  fc.constant<Call>(async (store) => [...(await store.queue.depths())].sort()),
);
const instances = fc.oneof(
  fc.tuple(instance, few, facts).map(
    ([of, generation, written]): Call =>
      (store) =>
        store.instances.save(someRecord(of, { generation }), written),
  ),
  fc.tuple(instance, facts).map(
    ([of, written]): Call =>
      (store) =>
        store.instances.insert(someRecord(of), written),
  ),
  fc.tuple(instance, facts).map(
    ([of, written]): Call =>
      (store) =>
        store.instances.remove(of, written),
  ),
  fc.constant<Call>((store) => store.instances.load()),
);
/** Where to read from, told back from the newest fact: numbers go on from one sequence to the next. */
const stream = fc.oneof(
  facts.map(
    (written): Call =>
      (store) =>
        store.facts.append(written),
  ),
  fc
    .record({
      instanceId: optional(instance),
      types: optional(fc.subarray(['instance.state', 'message.queued', 'alert.raised'])),
      back: optional(few),
      limit: few,
      newestFirst: optional(fc.boolean()),
    })
    .map(
      ({ back, ...query }): Call =>
        async (store) => {
          const after = back === undefined ? undefined : (await store.facts.lastNumber()) - back;
          return store.facts.list(present({ ...query, after }) as Parameters<Store['facts']['list']>[0]);
        },
    ),
  fc.tuple(few, few).map(
    ([keep, keepHistory]): Call =>
      (store) =>
        store.facts.prune(keep, keepHistory),
  ),
  fc.constant<Call>((store) => store.facts.lastNumber()),
);
const prune = fc.tuple(time, time).map(
  ([before, now]): Call =>
    (store) =>
      store.queue.prune(before, now),
);

const call = fc.oneof(
  { weight: 8, arbitrary: enqueue },
  { weight: 8, arbitrary: change },
  { weight: 4, arbitrary: look },
  { weight: 2, arbitrary: instances },
  { weight: 4, arbitrary: stream },
  { weight: 1, arbitrary: prune },
);
/** Steps follow one another; the calls of a step are made at once. */
const steps = fc.array(fc.array(call, { minLength: 1, maxLength: 6 }), { maxLength: 25 });

describe('the memory store and the sqlite store', () => {
  const stores: Store[] = [];
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wakeeper-equal-'));
    stores.push(memoryStore({ data: new MemoryData() }), sqliteStore({ path: join(folder, 'wakeeper.db') }));
    for (const store of stores) await store.open();
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    await rm(folder, { recursive: true });
  });

  async function empty(store: Store): Promise<void> {
    for (const of of INSTANCES) await store.instances.remove(of, []);
    await store.facts.prune(0, 0);
  }
  async function answers(store: Store, calls: readonly Call[]): Promise<unknown[]> {
    const settled = await Promise.allSettled(calls.map((one) => one(store)));
    return settled.map((answer) => {
      if (answer.status === 'fulfilled') return answer.value;
      if (isLifecycleError(answer.reason)) return { refused: answer.reason.code };
      throw answer.reason;
    });
  }
  /** All that a store holds. */
  const everything = (store: Store) =>
    answers(store, [
      (of) => of.instances.load(),
      ...INSTANCES.map(
        (one): Call =>
          (of) =>
            of.queue.list({ instanceId: one, limit: 999 }),
      ),
      ...INSTANCES.map(
        (one): Call =>
          (of) =>
            of.queue.head(one),
      ),
      async (of) => [...(await of.queue.depths())].sort(),
      (of) => of.facts.list({ limit: 999 }),
      (of) => of.facts.lastNumber(),
    ]);

  it('give the same answers to any sequence of calls, and hold the same afterwards', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        for (const store of stores) await empty(store);
        const [memory, sqlite] = stores as [Store, Store];
        for (const calls of sequence) {
          expect(await answers(sqlite, calls)).toEqual(await answers(memory, calls));
        }
        expect(await everything(sqlite)).toEqual(await everything(memory));
      }),
      { seed: 20_261_121, numRuns: 250 },
    );
  });
});
