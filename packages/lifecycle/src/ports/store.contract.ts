/**
 * What every store adapter keeps, said once. An adapter's test is one call of `describeStore`.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode, LifecycleError } from '../domain/errors.js';
import { GOOD_STANDING } from '../domain/webhook.js';
import type { Store } from './store.js';
import { describeAside } from './store-aside.contract.js';
import { describeEnqueue } from './store-enqueue.contract.js';
import { describeFactStore } from './store-facts.contract.js';
import { describeInboxStore } from './store-inbox.contract.js';
import { describeQueueStore } from './store-queue.contract.js';
import {
  enqueueAll,
  messageFact,
  someRecord,
  someRequest,
  stateFact,
  unwritableFact,
} from './store-samples.contract.js';
import { describeWebhookStore } from './store-webhooks.contract.js';
import { someWebhook } from './webhook-samples.contract.js';

/** One set of data, and stores on it. */
export interface StoreFixture {
  /** A store on the data, not open yet. Each call gives another one, as a restarted process would have. */
  store(): Store;
  /** Another owner takes the data, behind the back of a store that is open. */
  usurp(): Promise<void>;
  /** Removes the data. Every store is closed. */
  dispose(): Promise<void>;
}

/** What the parts of the contract work with; `store` is open. */
export interface OpenStore {
  readonly store: Store;
  /** Closes the store and opens another one on the same data. */
  reopen(): Promise<void>;
}

/** What a call rejects with, as far as a test looks at it. */
export const refusal = (code: ErrorCode) => expect.objectContaining({ name: 'LifecycleError', code });

/** Runs the contract. @example describeStore('memory', async () => memoryFixture()) */
export function describeStore(name: string, makeFixture: () => Promise<StoreFixture>): void {
  describe(`${name} store`, () => {
    let fixture: StoreFixture;
    let store: Store;
    let epoch = 0;
    let lost: Promise<LifecycleError>;
    const openAnother = async () => {
      store = fixture.store();
      ({ epoch, lost } = await store.open());
    };
    const open: OpenStore = {
      get store() {
        return store;
      },
      reopen: async () => {
        await store.close();
        await openAnother();
      },
    };
    beforeEach(async () => {
      fixture = await makeFixture();
      await openAnother();
    });
    afterEach(async () => {
      await store.close();
      await fixture.dispose();
    });

    describe('opening and closing', () => {
      it('has a greater epoch at each opening', async () => {
        const first = epoch;
        await open.reopen();
        expect(epoch).toBeGreaterThan(first);
      });

      it('refuses every call before it is open', async () => {
        const closed = fixture.store();
        await expect(closed.check()).rejects.toEqual(refusal('STORE_UNAVAILABLE'));
        await expect(closed.instances.load()).rejects.toEqual(refusal('STORE_UNAVAILABLE'));
        await expect(closed.queue.enqueue(someRequest('a', '1'), [])).rejects.toEqual(
          refusal('STORE_UNAVAILABLE'),
        );
        await expect(closed.facts.lastNumber()).rejects.toEqual(refusal('STORE_UNAVAILABLE'));
      });

      it('does what was asked before close, and refuses what is asked afterwards', async () => {
        const asked = store.instances.save(someRecord('a'), []);
        await store.close();
        await asked;
        await expect(store.instances.save(someRecord('b'), [])).rejects.toEqual(refusal('STORE_UNAVAILABLE'));
        await openAnother();
        expect((await store.instances.load()).map(({ id }) => id)).toEqual(['a']);
      });

      it('closes twice as well as once, also at the same time', async () => {
        await Promise.all([store.close(), store.close()]);
        await store.close();
      });

      it('opens again after its own close, and not while it is open', async () => {
        await expect(store.open()).rejects.toEqual(refusal('STORE_LOCKED'));
        await store.instances.save(someRecord('a'), []);
        await store.close();
        expect((await store.open()).epoch).toBeGreaterThan(epoch);
        expect(await store.instances.load()).toHaveLength(1);
      });

      it('says that it can write', async () => {
        await expect(store.check()).resolves.toBeUndefined();
      });
    });

    describe('an owner that was fenced off', () => {
      it('has every write refused, and none of them leaves a trace', async () => {
        await store.instances.save(someRecord('a'), [stateFact('a')]);
        await enqueueAll(store.queue, 'a', ['1']);
        await fixture.usurp();
        const writes = [
          store.check(),
          store.instances.save(someRecord('a', { wanted: 'stopped' }), [stateFact('a')]),
          store.instances.insert(someRecord('b'), []),
          store.instances.remove('a', []),
          store.queue.enqueue(someRequest('a', '2'), [messageFact('a', '2')]),
          store.queue.change({ instanceId: 'a', id: '1', from: ['queued'], status: 'sending' }, []),
          store.queue.prune(9_999_999_999_999, 0),
          store.facts.append([stateFact('a')]),
          store.facts.prune(0, 0),
          store.webhooks.insert(someWebhook('w'), GOOD_STANDING),
          store.webhooks.plan(9),
        ];
        for (const write of await Promise.allSettled(writes)) {
          expect(write).toEqual({ status: 'rejected', reason: refusal('STORE_LOCKED') });
        }
        // Whoever opened it hears it without asking, and only then.
        expect(await lost).toEqual(refusal('STORE_LOCKED'));
        await open.reopen();
        expect(await store.instances.load()).toEqual([someRecord('a')]);
        expect(
          (await store.queue.list({ instanceId: 'a', limit: 9 })).map(({ id, status }) => [id, status]),
        ).toEqual([['1', 'queued']]);
        expect(await store.facts.list({ limit: 9 })).toHaveLength(1);
        expect(await store.webhooks.load()).toEqual([]);
      });
    });

    describe('instances', () => {
      it('gives back every record as it was saved, also after reopening', async () => {
        const plain = someRecord('Shop', {
          lastError: null,
          me: null,
          labels: {},
          restarts: [],
          proxy: 'socks5://p:1',
        });
        await store.instances.save(someRecord('shop'), []);
        await store.instances.insert(plain, []);
        await open.reopen();
        const loaded = await store.instances.load();
        expect(loaded).toHaveLength(2);
        expect(loaded).toEqual(expect.arrayContaining([someRecord('shop'), plain]));
      });

      it('replaces a record that is saved again', async () => {
        await store.instances.save(someRecord('a'), []);
        const stopped = someRecord('a', {
          wanted: 'stopped',
          state: 'disconnected',
          paired: false,
          reason: 'By hand.',
        });
        await store.instances.save(stopped, []);
        expect(await store.instances.load()).toEqual([stopped]);
      });

      it('refuses to insert an id that it has, and writes nothing then', async () => {
        await store.instances.insert(someRecord('a'), []);
        await expect(
          store.instances.insert(someRecord('a', { generation: 9 }), [stateFact('a')]),
        ).rejects.toEqual(refusal('INSTANCE_EXISTS'));
        expect(await store.instances.load()).toEqual([someRecord('a')]);
        expect(await store.facts.lastNumber()).toBe(0);
      });

      it('removes the record with its queue and its history, and nothing of another instance', async () => {
        for (const id of ['a', 'b']) {
          await store.instances.insert(someRecord(id), [stateFact(id)]);
          const idempotency = { key: 'k', fingerprint: 'f', expiresAt: 9999 };
          await store.queue.enqueue(someRequest(id, `${id}1`, { idempotency }), [messageFact(id, `${id}1`)]);
        }
        const [last] = await store.instances.remove('a', [lastWord]);
        expect(last).toEqual({ ...lastWord, number: 5 });
        expect((await store.instances.load()).map(({ id }) => id)).toEqual(['b']);
        expect(await store.queue.list({ instanceId: 'a', limit: 9 })).toEqual([]);
        expect(await store.queue.get('a', 'a1')).toBeNull();
        expect(await store.queue.head('a')).toBeNull();
        expect(await store.queue.depths()).toEqual(new Map([['b', 1]]));
        expect(await store.facts.list({ instanceId: 'a', types: ['instance.state'], limit: 9 })).toEqual([
          last,
        ]);
        expect(await store.facts.list({ instanceId: 'b', types: ['instance.state'], limit: 9 })).toHaveLength(
          1,
        );
        // What else was said of it stays in the stream, for those who have not read so far.
        expect((await store.facts.list({ limit: 9 })).map(({ number }) => number)).toEqual([2, 3, 4, 5]);
      });

      it('starts an instance that was removed and made again from nothing', async () => {
        const idempotency = { key: 'k', fingerprint: 'f', expiresAt: 9999 };
        await store.instances.insert(someRecord('a'), []);
        await store.queue.enqueue(someRequest('a', '1', { idempotency }), []);
        await store.instances.remove('a', []);
        await store.instances.insert(someRecord('a'), []);
        const result = await store.queue.enqueue(someRequest('a', '1', { idempotency }), []);
        expect(result).toMatchObject({ outcome: 'queued', depth: 1, item: { seq: 1 } });
      });

      it('removes what is not there without a complaint', async () => {
        expect(await store.instances.remove('nobody', [stateFact('nobody')])).toHaveLength(1);
      });
    });

    describe('a write that fails', () => {
      it('writes neither the record nor its facts', async () => {
        await store.instances.save(someRecord('a'), []);
        const facts = [stateFact('a'), unwritableFact('a')];
        const failures = await Promise.allSettled([
          store.instances.save(someRecord('a', { generation: 9 }), facts),
          store.instances.insert(someRecord('b'), facts),
          store.instances.remove('a', facts),
          store.queue.enqueue(someRequest('a', '1'), facts),
          store.facts.append(facts),
        ]);
        for (const failure of failures) {
          expect(failure).toEqual({ status: 'rejected', reason: refusal('INVALID_INPUT') });
        }
        expect(await store.instances.load()).toEqual([someRecord('a')]);
        expect(await store.queue.list({ instanceId: 'a', limit: 9 })).toEqual([]);
        expect(await store.queue.depths()).toEqual(new Map());
        expect(await store.facts.lastNumber()).toBe(0);
      });

      it('changes nothing of an item, and nothing of the writes beside it', async () => {
        const sending = { instanceId: 'a', id: '1', from: ['queued'], status: 'sending' } as const;
        await enqueueAll(store.queue, 'a', ['1']);
        const [before, failed, after] = await Promise.allSettled([
          store.queue.enqueue(someRequest('a', '2'), [messageFact('a', '2')]),
          store.queue.change(sending, [stateFact('a'), unwritableFact('a')]),
          store.queue.enqueue(someRequest('a', '3'), [messageFact('a', '3')]),
        ]);
        expect(failed).toEqual({ status: 'rejected', reason: refusal('INVALID_INPUT') });
        expect(before).toMatchObject({
          status: 'fulfilled',
          value: { item: { seq: 2 }, facts: [{ number: 1 }] },
        });
        expect(after).toMatchObject({
          status: 'fulfilled',
          value: { item: { seq: 3 }, facts: [{ number: 2 }] },
        });
        expect(await store.queue.get('a', '1')).toMatchObject({ status: 'queued' });
      });
    });

    describeEnqueue(open);
    describeQueueStore(open);
    describeAside(open);
    describeFactStore(open);
    describeInboxStore(open);
    describeWebhookStore(open);
  });
}

const lastWord = stateFact('a', { state: 'disconnected', reason: 'Removed.' });
