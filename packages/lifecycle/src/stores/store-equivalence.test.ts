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
  heardFact,
  messageFact,
  someRecord,
  someRequest,
  stateFact,
  unwritableFact,
} from '../ports/store-samples.contract.js';
import { MemoryData } from './memory/memory-data.js';
import { memoryStore } from './memory/memory-store.js';
import { sqliteStore } from './sqlite/sqlite-store.js';

type Call = (store: Store) => Promise<unknown>;
/** A call that prints itself when a sequence fails. */
const call = (words: readonly unknown[], of: Call): Call =>
  Object.assign((store: Store) => of(store), {
    [fc.toStringMethod]: () => words.map((word) => fc.stringify(word)).join(' '),
  });
const INSTANCES = ['a', 'A'];
const IDS = Array.from({ length: 6 }, (_, index) => `item-${index}`);

const instance = fc.constantFrom(...INSTANCES);
const id = fc.constantFrom(...IDS);
const time = fc.integer({ min: 0, max: 6 });
const key = fc.constantFrom('k1', 'k2');
const messageKey = fc.tuple(id, fc.constantFrom('x', 'y')).map((parts) => parts.join('-'));
const statuses = fc.subarray([...ITEM_STATUSES], { minLength: 3 });
const few = fc.integer({ min: 0, max: 4 });
const fact = fc.oneof(
  { weight: 8, arbitrary: instance.map((of) => stateFact(of)) },
  { weight: 8, arbitrary: fc.tuple(instance, id).map(([of, queueId]) => messageFact(of, queueId)) },
  { weight: 4, arbitrary: fc.constantFrom('X', 'Y').map(alertFact) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(instance, fc.constantFrom('m1', 'm2', 'm3'), fc.option(time), time)
      .map(([of, one, until, at]) => heardFact(of, one, until, at)),
  },
  { weight: 1, arbitrary: instance.map(unwritableFact) },
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
    account: fc.option(fc.constantFrom('me', 'you')),
    maxQueueSize: few,
    idempotency,
    facts,
  })
  .map(({ facts, instance, id, ...change }) => {
    const request = someRequest(instance, id, { ...change, metadata: { time: change.createdAt } });
    return call(['enqueue', request, facts], (store) => store.queue.enqueue(request, facts));
  });
const waits = fc.constantFrom('media', 'polls');
const changed = fc
  .record({
    instanceId: instance,
    id,
    from: statuses,
    status: fc.oneof(fc.constantFrom(...ITEM_STATUSES), fc.constant('queued' as const)),
    ifHeld: optional(fc.boolean()),
    held: optional(fc.boolean()),
    waitsFor: optional(fc.option(waits)),
    account: optional(fc.constantFrom('me', 'you')),
    attempts: optional(few),
    attempt: optional(fc.constantFrom('x', 'y')),
    messageId: optional(fc.option(fc.constantFrom('m1', 'm2'))),
    ack: optional(fc.option(fc.constantFrom(-1, 0, 1, 2, 3, 4))),
    error: optional(fc.option(fc.string({ unit: 'binary' }))),
    errorCode: optional(fc.option(fc.constantFrom('UNCERTAIN', 'TIMEOUT'))),
    attemptedAt: optional(time),
    settledAt: optional(fc.option(time)),
    facts,
  })
  .map(({ facts, attempt, ...fields }) => {
    // A key belongs to one item, as it does in life.
    const messageKey = attempt && `${fields.id}-${attempt}`;
    const made = present({ ...fields, messageKey }) as Parameters<Store['queue']['change']>[0];
    return { change: made, facts };
  });
const change = changed.map(({ change, facts }) =>
  call(['change', change, facts], (store) => store.queue.change(change, facts)),
);
const changeAll = fc
  .tuple(instance, fc.array(changed, { maxLength: 4 }))
  .map(([of, changes]) => call(['changeAll', of, changes], (store) => store.queue.changeAll(of, changes)));
const depthsOf: Call = async (store) => [...(await store.queue.depths())].sort();
const heldOf: Call = async (store) => [...(await store.queue.heldCounts())].sort();
const look = fc.oneof(
  instance.map((of) => call(['head', of], (store) => store.queue.head(of))),
  fc
    .tuple(instance, fc.subarray(['media', 'polls']))
    .map(([of, without]) => call(['head', of, without], (store) => store.queue.head(of, without))),
  fc.tuple(instance, id).map(([of, one]) => call(['get', of, one], (store) => store.queue.get(of, one))),
  fc
    .tuple(instance, messageKey)
    .map(([of, one]) => call(['byMessageKey', of, one], (store) => store.queue.byMessageKey(of, one))),
  fc
    .record({
      instanceId: instance,
      statuses: optional(statuses),
      held: optional(fc.boolean()),
      limit: few,
      afterSeq: optional(few),
    })
    .map((fields) => {
      const query = present(fields) as Parameters<Store['queue']['list']>[0];
      return call(['list', query], (store) => store.queue.list(query));
    }),
  fc.constant(call(['depths'], depthsOf)),
  fc.constant(call(['heldCounts'], heldOf)),
);
const instances = fc.oneof(
  fc
    .tuple(instance, few, facts)
    .map(([of, generation, written]) =>
      call(['save', of, generation, written], (store) =>
        store.instances.save(someRecord(of, { generation }), written),
      ),
    ),
  fc
    .tuple(instance, facts)
    .map(([of, written]) =>
      call(['insert', of, written], (store) => store.instances.insert(someRecord(of), written)),
    ),
  fc
    .tuple(instance, facts)
    .map(([of, written]) => call(['remove', of, written], (store) => store.instances.remove(of, written))),
  fc.constant(call(['load'], (store) => store.instances.load())),
);
const stream = fc.oneof(
  facts.map((written) => call(['append', written], (store) => store.facts.append(written))),
  fc
    .record({
      instanceId: optional(instance),
      types: optional(fc.subarray(['instance.state', 'message.queued', 'alert.raised'])),
      back: optional(few),
      limit: few,
      newestFirst: optional(fc.boolean()),
    })
    .map(({ back, ...fields }) =>
      call(['facts', fields, 'back', back], async (store) => {
        // Told back from the newest: numbers go on from one sequence to the next.
        const after = back === undefined ? undefined : (await store.facts.lastNumber()) - back;
        return store.facts.list(present({ ...fields, after }) as Parameters<Store['facts']['list']>[0]);
      }),
    ),
  fc
    .tuple(few, few)
    .map(([keep, history]) =>
      call(['prune facts', keep, history], (store) => store.facts.prune(keep, history)),
    ),
  fc.constant(call(['lastNumber'], (store) => store.facts.lastNumber())),
);
const account = fc.constantFrom('me', 'you');
const inbox = fc.oneof(
  fc
    .tuple(instance, account, time)
    .map(([of, me, now]) => call(['begin inbox', of, me, now], (store) => store.inbox.begin(of, me, now))),
  fc
    .tuple(instance, time)
    .map(([of, until]) => call(['advance inbox', of, until], (store) => store.inbox.advance(of, until))),
  time.map((before) => call(['prune told', before], (store) => store.inbox.prune(before))),
);
const prune = fc
  .tuple(time, time)
  .map(([before, now]) => call(['prune', before, now], (store) => store.queue.prune(before, now)));

const anyCall = fc.oneof(
  { weight: 8, arbitrary: enqueue },
  { weight: 12, arbitrary: change },
  { weight: 4, arbitrary: changeAll },
  { weight: 4, arbitrary: look },
  { weight: 1, arbitrary: instances },
  { weight: 4, arbitrary: stream },
  { weight: 3, arbitrary: prune },
  { weight: 3, arbitrary: inbox },
);
/** Steps follow one another; the calls of a step are made at once. */
const steps = fc.array(fc.array(anyCall, { minLength: 1, maxLength: 6, size: 'max' }), {
  maxLength: 25,
  size: 'max',
});

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
      depthsOf,
      heldOf,
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
      { seed: 20_261_121, numRuns: 300 },
    );
  });
});
