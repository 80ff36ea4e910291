/** The store's contract, accepting items: order, the limit, idempotency keys. */
import { describe, expect, it } from 'vitest';
import type { OpenStore } from './store.contract.js';
import { attempt, enqueueAll, messageFact, settle, someRequest } from './store-samples.contract.js';

export function describeEnqueue(open: OpenStore): void {
  const queue = () => open.store.queue;

  describe('accepting an item', () => {
    it('answers with the item as it is kept, its depth and its facts', async () => {
      const metadata = { order: 7, nested: ['é'] };
      const request = someRequest('a', '1', { account: '49@c.us', metadata, expiresAt: 5000 });
      const result = await queue().enqueue(request, [messageFact('a', '1')]);
      const item = {
        ...request.content,
        id: '1',
        instanceId: 'a',
        seq: 1,
        status: 'queued',
        account: '49@c.us',
        held: false,
        waitsFor: null,
        metadata,
        createdAt: 1000,
        expiresAt: 5000,
        attemptCount: 0,
        messageKey: null,
        messageId: null,
        ack: null,
        error: null,
        errorCode: null,
        attemptedAt: null,
        settledAt: null,
      };
      expect(result).toEqual({
        outcome: 'queued',
        item,
        depth: 1,
        facts: [{ ...messageFact('a', '1'), number: 1 }],
      });
      await open.reopen();
      expect(await queue().get('a', '1')).toEqual(item);
    });

    it('keeps every kind of content', async () => {
      const poll = {
        to: '1203@g.us',
        question: 'When?',
        options: ['today', 'tomorrow'],
        allowMultipleAnswers: true,
      };
      const media = { mimetype: 'image/png', data: 'iVBORw0K'.repeat(50_000), caption: 'A picture' };
      await queue().enqueue(someRequest('a', '1', { content: { type: 'poll', payload: poll } }), []);
      await queue().enqueue(
        someRequest('a', '2', { content: { type: 'message', payload: { to: '49@c.us', media } } }),
        [],
      );
      expect(await queue().get('a', '1')).toMatchObject({ type: 'poll', payload: poll });
      expect((await queue().get('a', '2'))?.payload).toEqual({ to: '49@c.us', media });
    });

    it('numbers the items of each instance for itself, in the order of acceptance', async () => {
      const ids = Array.from({ length: 100 }, (_, index) => String(index));
      const results = await Promise.all(
        ids.flatMap((id) => [
          queue().enqueue(someRequest('a', `a${id}`), []),
          queue().enqueue(someRequest('b', `b${id}`), []),
        ]),
      );
      const accepted = results.flatMap((result) => (result.outcome === 'queued' ? [result.item] : []));
      for (const instanceId of ['a', 'b']) {
        const items = accepted.filter((item) => item.instanceId === instanceId);
        expect(items.map(({ id, seq }) => [id, seq])).toEqual(
          ids.map((id, at) => [`${instanceId}${id}`, at + 1]),
        );
      }
    });

    it('never gives a number again, also when the newest item was removed', async () => {
      await enqueueAll(queue(), 'a', ['1', '2']);
      await queue().change(settle('a', '2', 'cancelled', 10), []);
      expect(await queue().prune(11, 11)).toBe(1);
      await open.reopen();
      expect(await queue().enqueue(someRequest('a', '3'), [])).toMatchObject({ item: { seq: 3 } });
    });

    it('refuses an id that the store has, in whatever queue', async () => {
      await enqueueAll(queue(), 'a', ['1']);
      for (const instanceId of ['a', 'b']) {
        await expect(queue().enqueue(someRequest(instanceId, '1'), [])).rejects.toMatchObject({
          code: 'INVALID_INPUT',
        });
      }
      expect(await queue().depths()).toEqual(new Map([['a', 1]]));
    });
  });

  describe('a full queue', () => {
    it('is full by queued and sending items, and takes nothing then', async () => {
      await enqueueAll(queue(), 'a', ['1', '2']);
      await queue().change(attempt('a', '1'), []);
      const request = someRequest('a', '3', { maxQueueSize: 2 });
      expect(await queue().enqueue(request, [messageFact('a', '3')])).toEqual({ outcome: 'full', depth: 2 });
      expect(await queue().get('a', '3')).toBeNull();
      expect(await open.store.facts.lastNumber()).toBe(0);
    });

    it('has room again when an item settles or is parked', async () => {
      await enqueueAll(queue(), 'a', ['1', '2', '3']);
      await queue().change(attempt('a', '1'), []);
      await queue().change({ instanceId: 'a', id: '1', from: ['sending'], status: 'uncertain' }, []);
      await queue().change(settle('a', '2', 'expired'), []);
      expect(await queue().enqueue(someRequest('a', '4', { maxQueueSize: 2 }), [])).toMatchObject({
        depth: 2,
      });
      expect(await queue().enqueue(someRequest('a', '5', { maxQueueSize: 2 }), [])).toEqual({
        outcome: 'full',
        depth: 2,
      });
    });

    it('lets in exactly as many as fit when all come at once', async () => {
      const ids = Array.from({ length: 40 }, (_, index) => String(index));
      const results = await Promise.all(
        ids.map((id) => queue().enqueue(someRequest('a', id, { maxQueueSize: 25 }), [])),
      );
      expect(results.filter(({ outcome }) => outcome === 'queued')).toHaveLength(25);
      expect(results.filter(({ outcome }) => outcome === 'full')).toHaveLength(15);
      expect(await queue().depths()).toEqual(new Map([['a', 25]]));
    });

    it('is full for its own instance alone', async () => {
      await queue().enqueue(someRequest('a', '1', { maxQueueSize: 1 }), []);
      expect(await queue().enqueue(someRequest('b', '2', { maxQueueSize: 1 }), [])).toMatchObject({
        outcome: 'queued',
      });
    });
  });

  describe('an idempotency key', () => {
    const idempotency = { key: 'order-7', fingerprint: 'abc', expiresAt: 5000 };

    it('answers a repeat with the item as it is now, and writes nothing', async () => {
      await queue().enqueue(someRequest('a', '1', { idempotency }), [messageFact('a', '1')]);
      await queue().change({ ...settle('a', '1', 'sent'), messageId: 'true_49@c.us_AB', ack: 1 }, []);
      const repeat = await queue().enqueue(someRequest('a', '2', { idempotency }), [messageFact('a', '2')]);
      expect(repeat).toEqual({ outcome: 'repeated', item: await queue().get('a', '1'), depth: 0 });
      expect(repeat).toMatchObject({ item: { id: '1', status: 'sent', messageId: 'true_49@c.us_AB' } });
      expect(await queue().get('a', '2')).toBeNull();
      expect(await open.store.facts.lastNumber()).toBe(1);
    });

    it('refuses another body under the same key, and writes nothing', async () => {
      await queue().enqueue(someRequest('a', '1', { idempotency }), []);
      const other = someRequest('a', '2', { idempotency: { ...idempotency, fingerprint: 'xyz' } });
      expect(await queue().enqueue(other, [messageFact('a', '2')])).toEqual({ outcome: 'mismatch' });
      expect(await queue().get('a', '2')).toBeNull();
      expect(await open.store.facts.lastNumber()).toBe(0);
    });

    it('is known to its own instance alone, and survives reopening', async () => {
      await queue().enqueue(someRequest('a', '1', { idempotency }), []);
      await open.reopen();
      expect(await queue().enqueue(someRequest('b', '2', { idempotency }), [])).toMatchObject({
        outcome: 'queued',
      });
      expect(await queue().enqueue(someRequest('a', '3', { idempotency }), [])).toMatchObject({
        outcome: 'repeated',
      });
    });

    it('lets one in when the same request comes many times at once', async () => {
      const results = await Promise.all(
        ['1', '2', '3', '4', '5'].map((id) => queue().enqueue(someRequest('a', id, { idempotency }), [])),
      );
      expect(results.map(({ outcome }) => outcome)).toEqual(['queued', ...Array<string>(4).fill('repeated')]);
    });

    it('is remembered in a full queue, and is not remembered when the queue refused it', async () => {
      await queue().enqueue(someRequest('a', '1', { idempotency, maxQueueSize: 1 }), []);
      const again = someRequest('a', '2', { idempotency, maxQueueSize: 1 });
      expect(await queue().enqueue(again, [])).toMatchObject({ outcome: 'repeated', depth: 1 });
      const refused = someRequest('a', '3', {
        maxQueueSize: 1,
        idempotency: { ...idempotency, key: 'other' },
      });
      expect(await queue().enqueue(refused, [])).toMatchObject({ outcome: 'full' });
      await queue().change(settle('a', '1', 'sent'), []);
      expect(await queue().enqueue(refused, [])).toMatchObject({ outcome: 'queued', item: { id: '3' } });
    });

    it('is forgotten when it has expired and its item has settled', async () => {
      await queue().enqueue(someRequest('a', '1', { idempotency }), []);
      await queue().change(settle('a', '1', 'sent', 2000), []);
      const at = (createdAt: number, id: string, fingerprint: string) =>
        queue().enqueue(
          someRequest('a', id, { createdAt, idempotency: { ...idempotency, fingerprint } }),
          [],
        );
      expect(await at(4999, '2', 'abc')).toMatchObject({ outcome: 'repeated' });
      expect(await at(5000, '3', 'xyz')).toMatchObject({ outcome: 'queued', item: { id: '3' } });
      const fresh = { ...idempotency, expiresAt: 9000 };
      expect(
        await queue().enqueue(someRequest('a', '4', { idempotency: { ...fresh, fingerprint: 'xyz' } }), []),
      ).toMatchObject({
        outcome: 'repeated',
        item: { id: '3' },
      });
    });

    it.each(['queued', 'sending', 'uncertain'] as const)(
      'is kept past its time while its item is %s',
      async (status) => {
        await queue().enqueue(someRequest('a', '1', { idempotency }), []);
        if (status !== 'queued')
          await queue().change({ instanceId: 'a', id: '1', from: ['queued'], status }, []);
        await queue().prune(9000, 9000);
        const late = someRequest('a', '2', { createdAt: 9000, idempotency });
        expect(await queue().enqueue(late, [])).toMatchObject({
          outcome: 'repeated',
          item: { id: '1', status },
        });
      },
    );
  });
}
