import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLifecycleError } from '../domain/errors.js';
import { DELIVERY_STATUSES, type DeliveryProgress, GOOD_STANDING } from '../domain/webhook.js';
import type { Store } from '../ports/store.js';
import { alertFact, messageFact, someRecord, stateFact } from '../ports/store-samples.contract.js';
import { someWebhook } from '../ports/webhook-samples.contract.js';
import { memoryStore } from './memory/memory-store.js';
import { sqliteStore } from './sqlite/sqlite-store.js';

/** `round` makes ids that no sequence before has used; `base` is the last fact before this sequence. */
type Call = (store: Store, scope: { readonly round: number; readonly base: number }) => Promise<unknown>;
const call = (words: readonly unknown[], of: Call): Call =>
  Object.assign(((...args) => of(...args)) satisfies Call, {
    [fc.toStringMethod]: () => words.map((word) => fc.stringify(word)).join(' '),
  });

const hook = fc.constantFrom('v', 'w', 'x');
const few = fc.integer({ min: 0, max: 9 });
const time = fc.integer({ min: 0, max: 3000 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const statuses = fc.subarray([...DELIVERY_STATUSES]);
const fact = fc.oneof(
  fc.tuple(fc.constantFrom('a', 'b'), time).map(([of, at]) => stateFact(of, {}, at)),
  fc.constantFrom('a', 'b').map((of) => messageFact(of, '1')),
  fc.constant(alertFact('X')),
);
const standing = fc
  .record({ enabled: fc.boolean(), failures: few, openSince: maybe(time) })
  .map((change) => ({ ...GOOD_STANDING, ...change }));
const progress: fc.Arbitrary<DeliveryProgress> = fc.record({
  status: fc.constantFrom(...DELIVERY_STATUSES),
  attempts: few,
  aside: fc.boolean(),
  firstAttemptAt: maybe(time),
  lastAttemptAt: maybe(time),
  nextAttemptAt: time,
  settledAt: maybe(time),
  responseStatus: maybe(fc.constantFrom(200, 422, 500)),
  error: maybe(fc.string({ unit: 'binary' })),
});
const subscription = fc.record({
  events: fc.subarray(['instance.*', 'message.queued', '*'], { minLength: 1 }),
  instances: maybe(fc.subarray(['a', 'b'], { minLength: 1 })),
});
const nameOf = (id: string, round: number) => `${id}${round}`;

const anyCall: fc.Arbitrary<Call> = fc.oneof(
  fc
    .array(fact, { minLength: 1, maxLength: 4 })
    .map((facts) => call(['append', facts], (store) => store.facts.append(facts))),
  fc
    .tuple(hook, subscription)
    .map(([id, change]) =>
      call(['save', id, change], ({ webhooks }, { round }) =>
        webhooks.save(someWebhook(nameOf(id, round), change)),
      ),
    ),
  fc
    .tuple(hook, standing, fc.array(fact, { maxLength: 1 }))
    .map(([id, stood, facts]) =>
      call(['stand', id, stood, facts], ({ webhooks }, { round }) =>
        webhooks.stand(nameOf(id, round), stood, facts),
      ),
    ),
  fc
    .tuple(fc.array(fact, { maxLength: 1 }))
    .map(([facts]) =>
      call(['remove webhook', facts], ({ webhooks }, { round }) =>
        webhooks.remove(nameOf('x', round), facts),
      ),
    ),
  fc.integer({ min: 1, max: 6 }).map((limit) =>
    call(['plan', limit], async ({ webhooks }) => {
      const { lanes, more } = await webhooks.plan(limit);
      return [lanes.map((lane) => JSON.stringify(lane)).toSorted(), more];
    }),
  ),
  fc
    .record({
      id: hook,
      back: few,
      progress,
      standing,
      rejoinSince: maybe(time),
      dueBy: maybe(time),
      facts: fc.array(fact, { maxLength: 1 }),
    })
    .map(({ id, back, facts, ...outcome }) =>
      call(['settle', id, back, outcome], ({ webhooks }, { round, base }) =>
        webhooks.settle({ webhookId: nameOf(id, round), number: base + back, ...outcome }, facts),
      ),
    ),
  fc
    .tuple(hook, few)
    .map(([id, back]) =>
      call(['redeliver', id, back], ({ webhooks }, { round, base }) =>
        webhooks.redeliver(nameOf(id, round), base + back),
      ),
    ),
  fc
    .record({ id: hook, from: time, to: time, statuses })
    .map(({ id, ...range }) =>
      call(['redeliverRange', id, range], ({ webhooks }, { round }) =>
        webhooks.redeliverRange({ webhookId: nameOf(id, round), ...range }),
      ),
    ),
  fc
    .record({ settledBefore: time, keepSettled: few, keepPending: few, now: time })
    .map((retention) => call(['prune', retention], ({ webhooks }) => webhooks.prune(retention))),
  fc
    .record({ id: hook, statuses: maybe(statuses), limit: few, back: maybe(few) })
    .map(({ id, statuses, limit, back }) =>
      call(['list', id, statuses, limit, back], ({ webhooks }, { round, base }) =>
        webhooks.list({
          webhookId: nameOf(id, round),
          limit,
          ...(statuses && { statuses }),
          ...(back !== null && { before: base + back }),
        }),
      ),
    ),
  fc
    .tuple(few, few)
    .map(([keep, history]) => call(['forget', keep], (store) => store.facts.prune(keep, history))),
  fc.constantFrom('a', 'b').map((id) =>
    call(['remove', id], async (store) => {
      await store.instances.save(someRecord(id), []);
      return store.instances.remove(id, []);
    }),
  ),
);
const steps = fc.array(fc.array(anyCall, { minLength: 1, maxLength: 3 }), { maxLength: 25, size: 'max' });

describe('the outbox of the memory store and of the sqlite store', () => {
  const stores: Store[] = [];
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wakeeper-outbox-'));
    stores.push(memoryStore(), sqliteStore({ path: join(folder, 'wakeeper.db') }));
    for (const store of stores) await store.open();
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    await rm(folder, { recursive: true });
  });

  const everything = async ({ webhooks, facts }: Store) => [
    await webhooks.load(),
    await webhooks.backlogs(),
    await facts.list({ limit: 999 }),
    ...(await Promise.all(
      (
        await webhooks.load()
      ).flatMap(({ webhook: { id } }) => [
        webhooks.heads(id),
        webhooks.head({ webhookId: id, instanceId: 'a' }),
        webhooks.head({ webhookId: id, instanceId: null }),
        webhooks.aside(id, 99),
        webhooks.list({ webhookId: id, limit: 999 }),
      ]),
    )),
  ];

  it('give the same answers to any sequence of calls, and hold the same afterwards', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        round += 1;
        for (const store of stores) {
          for (const { webhook } of await store.webhooks.load()) await store.webhooks.remove(webhook.id, []);
          await store.facts.prune(0, 0);
          for (const [createdAt, id] of ['v', 'w', 'x'].entries())
            await store.webhooks.insert(someWebhook(nameOf(id, round), { createdAt }), GOOD_STANDING);
        }
        const [memory, sqlite] = stores as [Store, Store];
        const scope = { round, base: await memory.facts.lastNumber() };
        const answers = (store: Store, calls: readonly Call[]) =>
          Promise.all(
            calls.map(async (one) => {
              try {
                return await one(store, scope);
              } catch (error) {
                if (isLifecycleError(error)) return { refused: error.code };
                throw error;
              }
            }),
          );
        for (const calls of sequence)
          expect(await answers(sqlite, calls)).toEqual(await answers(memory, calls));
        expect(await everything(sqlite)).toEqual(await everything(memory));
      }),
      { seed: 20_261_122, numRuns: 60 },
    );
  }, 60_000);
});
