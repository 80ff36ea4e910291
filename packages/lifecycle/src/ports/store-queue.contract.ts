/** The store's contract, the life of an item: head, change, looking up, pruning. */
import { describe, expect, it } from 'vitest';
import type { OpenStore } from './store.contract.js';
import { attempt, enqueueAll, messageFact, settle, someRequest } from './store-samples.contract.js';

export function describeQueueStore(open: OpenStore): void {
  const queue = () => open.store.queue;
  const headOf = async (instanceId: string) => (await queue().head(instanceId))?.id ?? null;

  describe('the head of a queue', () => {
    it('is the first that was accepted', async () => {
      expect(await queue().head('a')).toBeNull();
      await enqueueAll(queue(), 'a', ['9', '1', '5']);
      expect(await queue().head('a')).toEqual(await queue().get('a', '9'));
    });

    it('is the item in flight, until it settles', async () => {
      await enqueueAll(queue(), 'a', ['1', '2']);
      await queue().change(attempt('a', '1'), []);
      expect(await queue().head('a')).toMatchObject({ id: '1', status: 'sending' });
      await queue().change(settle('a', '1', 'sent'), []);
      expect(await headOf('a')).toBe('2');
    });

    it.each(['failed', 'uncertain', 'expired', 'cancelled'] as const)('passes what is %s', async (status) => {
      await enqueueAll(queue(), 'a', ['1', '2']);
      await queue().change({ instanceId: 'a', id: '1', from: ['queued'], status }, []);
      expect(await headOf('a')).toBe('2');
    });

    it('is the item in flight even before an older one that came back to the queue', async () => {
      await enqueueAll(queue(), 'a', ['1', '2']);
      await queue().change({ instanceId: 'a', id: '1', from: ['queued'], status: 'uncertain' }, []);
      await queue().change(attempt('a', '2'), []);
      await queue().change({ instanceId: 'a', id: '1', from: ['uncertain'], status: 'queued' }, []);
      expect(await headOf('a')).toBe('2');
      await queue().change(settle('a', '2', 'sent'), []);
      expect(await headOf('a')).toBe('1');
    });

    it('gives what has expired too: settling it is the asker’s', async () => {
      await queue().enqueue(someRequest('a', '1', { createdAt: 1000, expiresAt: 1001 }), []);
      expect(await headOf('a')).toBe('1');
    });

    it('is the same after reopening, and each instance has its own', async () => {
      await enqueueAll(queue(), 'a', ['1', '2']);
      await enqueueAll(queue(), 'b', ['3']);
      await queue().change(settle('a', '1', 'sent'), []);
      await open.reopen();
      expect([await headOf('a'), await headOf('b')]).toEqual(['2', '3']);
    });
  });

  describe('changing an item', () => {
    it('answers with the item as it is kept, and the facts', async () => {
      await enqueueAll(queue(), 'a', ['1']);
      const before = await queue().get('a', '1');
      const result = await queue().change(attempt('a', '1', 'KEY'), [
        messageFact('a', '1'),
        messageFact('a', '1'),
      ]);
      expect(result?.item).toEqual({
        ...before,
        status: 'sending',
        attemptCount: 1,
        messageKey: 'KEY',
        attemptedAt: 1500,
      });
      expect(result?.facts.map(({ number }) => number)).toEqual([1, 2]);
      await open.reopen();
      expect(await queue().get('a', '1')).toEqual(result?.item);
    });

    it('leaves alone what the change does not name, and clears what it sets to null', async () => {
      await enqueueAll(queue(), 'a', ['1']);
      await queue().change(
        { ...attempt('a', '1'), error: 'The page was gone.', errorCode: 'PAGE_UNAVAILABLE' },
        [],
      );
      const uncertain = {
        instanceId: 'a',
        id: '1',
        from: ['sending'],
        status: 'uncertain',
        settledAt: 1700,
      } as const;
      await queue().change({ ...uncertain, messageId: 'M', ack: 0 }, []);
      const result = await queue().change(
        {
          instanceId: 'a',
          id: '1',
          from: ['uncertain'],
          status: 'queued',
          settledAt: null,
          error: null,
          ack: -1,
        },
        [],
      );
      expect(result?.item).toMatchObject({
        status: 'queued',
        attemptCount: 1,
        messageKey: 'key-1',
        messageId: 'M',
        ack: -1,
        error: null,
        errorCode: 'PAGE_UNAVAILABLE',
        attemptedAt: 1500,
        settledAt: null,
      });
    });

    it('keeps an error text whole, with a mark where it has a NUL', async () => {
      await enqueueAll(queue(), 'a', ['1']);
      const failed = { instanceId: 'a', id: '1', from: ['queued'], status: 'failed' } as const;
      await queue().change({ ...failed, error: 'before\u0000after' }, []);
      expect(await queue().get('a', '1')).toMatchObject({ error: 'before\u2400after' });
    });

    it('adds the attempts up', async () => {
      await enqueueAll(queue(), 'a', ['1']);
      for (const attempts of [1, 2])
        await queue().change({ ...attempt('a', '1'), from: ['queued', 'sending'], attempts }, []);
      expect(await queue().get('a', '1')).toMatchObject({ attemptCount: 3 });
    });

    it('is not made when the item is in another status, and writes no fact then', async () => {
      await enqueueAll(queue(), 'a', ['1']);
      await queue().change(settle('a', '1', 'cancelled'), []);
      expect(await queue().change(attempt('a', '1'), [messageFact('a', '1')])).toBeNull();
      expect(await queue().get('a', '1')).toMatchObject({
        status: 'cancelled',
        attemptCount: 0,
        messageKey: null,
      });
      expect(await open.store.facts.lastNumber()).toBe(0);
    });

    it('is not made on an item that is not there, or is another instance’s', async () => {
      await enqueueAll(queue(), 'a', ['1']);
      expect(await queue().change(attempt('a', '2'), [messageFact('a', '2')])).toBeNull();
      expect(await queue().change(attempt('b', '1'), [messageFact('b', '1')])).toBeNull();
      expect(await open.store.facts.lastNumber()).toBe(0);
    });

    it('is won by one of two that start from the same status', async () => {
      await enqueueAll(queue(), 'a', ['1']);
      const results = await Promise.all([
        queue().change(attempt('a', '1'), []),
        queue().change({ instanceId: 'a', id: '1', from: ['queued'], status: 'cancelled' }, []),
      ]);
      expect(results.map((result) => result?.item.status ?? null)).toEqual(['sending', null]);
    });
  });

  describe('looking items up', () => {
    it('finds an item by id in its own instance alone', async () => {
      await enqueueAll(queue(), 'a', ['1']);
      expect(await queue().get('a', '1')).toMatchObject({ id: '1' });
      expect(await queue().get('b', '1')).toBeNull();
      expect(await queue().get('a', '2')).toBeNull();
    });

    it('finds an item by the key of its attempts in its own instance alone', async () => {
      await enqueueAll(queue(), 'a', ['1', '2']);
      await queue().change(attempt('a', '2', 'KEY'), []);
      expect(await queue().byMessageKey('a', 'KEY')).toEqual(await queue().get('a', '2'));
      expect(await queue().byMessageKey('b', 'KEY')).toBeNull();
      expect(await queue().byMessageKey('a', 'OTHER')).toBeNull();
      await queue().change({ ...attempt('a', '2', 'OTHER'), from: ['sending'] }, []);
      expect(await queue().byMessageKey('a', 'KEY')).toBeNull();
      expect(await queue().byMessageKey('a', 'OTHER')).toMatchObject({ id: '2' });
    });

    it('lists in the order of acceptance, page by page', async () => {
      await enqueueAll(queue(), 'a', ['e', 'd', 'c', 'b', 'a']);
      await enqueueAll(queue(), 'b', ['x']);
      const pages: string[][] = [];
      for (let afterSeq = 0; ; ) {
        const page = await queue().list({ instanceId: 'a', limit: 2, afterSeq });
        pages.push(page.map(({ id }) => id));
        const last = page.at(-1);
        if (!last || page.length < 2) break;
        afterSeq = last.seq;
      }
      expect(pages).toEqual([['e', 'd'], ['c', 'b'], ['a']]);
    });

    it('lists media by their size alone, and keeps their bytes for who asks for the item', async () => {
      const data = Buffer.from('x'.repeat(1001)).toString('base64');
      const media = { mimetype: 'image/png', data, filename: 'x.png' };
      const content = { type: 'message', payload: { to: '49@c.us', media } } as const;
      await queue().enqueue(someRequest('a', '1', { content }), []);
      const listed = { to: '49@c.us', media: { mimetype: 'image/png', filename: 'x.png', bytes: 1001 } };
      for (const statuses of [undefined, ['queued'] as const]) {
        const query = { instanceId: 'a', limit: 9, ...(statuses && { statuses }) };
        expect((await queue().list(query)).map(({ payload }) => payload)).toEqual([listed]);
      }
      expect((await queue().head('a'))?.payload).toEqual(content.payload);
    });

    it('lists the statuses asked for', async () => {
      await enqueueAll(queue(), 'a', ['1', '2', '3', '4', '5']);
      await queue().change(settle('a', '1', 'sent'), []);
      await queue().change(attempt('a', '2'), []);
      await queue().change(settle('a', '4', 'sent'), []);
      const ids = async (query: Parameters<ReturnType<typeof queue>['list']>[0]) =>
        (await queue().list(query)).map(({ id }) => id);
      expect(await ids({ instanceId: 'a', statuses: ['sent'], limit: 9 })).toEqual(['1', '4']);
      expect(await ids({ instanceId: 'a', statuses: ['queued', 'sending'], limit: 9 })).toEqual([
        '2',
        '3',
        '5',
      ]);
      expect(await ids({ instanceId: 'a', statuses: ['sent', 'sending', 'sent'], limit: 2 })).toEqual([
        '1',
        '2',
      ]);
      expect(await ids({ instanceId: 'a', statuses: ['sent'], limit: 9, afterSeq: 1 })).toEqual(['4']);
      expect(await ids({ instanceId: 'a', statuses: [], limit: 9 })).toEqual([]);
    });

    it('tells the depth of every queue that has open items', async () => {
      expect(await queue().depths()).toEqual(new Map());
      await enqueueAll(queue(), 'a', ['1', '2', '3']);
      await enqueueAll(queue(), 'b', ['4']);
      await enqueueAll(queue(), 'c', ['5']);
      await queue().change(attempt('a', '1'), []);
      await queue().change(settle('a', '2', 'sent'), []);
      await queue().change({ instanceId: 'c', id: '5', from: ['queued'], status: 'uncertain' }, []);
      expect(await queue().depths()).toEqual(
        new Map([
          ['a', 2],
          ['b', 1],
        ]),
      );
      await queue().change({ instanceId: 'c', id: '5', from: ['uncertain'], status: 'queued' }, []);
      await open.reopen();
      expect(await queue().depths()).toEqual(
        new Map([
          ['a', 2],
          ['b', 1],
          ['c', 1],
        ]),
      );
    });
  });

  describe('pruning the queue', () => {
    it('removes what settled before the time, and nothing that is open or parked', async () => {
      await enqueueAll(queue(), 'a', ['early', 'late', 'open', 'parked', 'sending']);
      await enqueueAll(queue(), 'b', ['other']);
      await queue().change(settle('a', 'early', 'sent', 1999), []);
      await queue().change(settle('a', 'late', 'failed', 2000), []);
      await queue().change({ instanceId: 'a', id: 'parked', from: ['queued'], status: 'uncertain' }, []);
      await queue().change(attempt('a', 'sending'), []);
      await queue().change({ ...attempt('b', 'other'), status: 'sent', settledAt: 1 }, []);
      expect(await queue().prune(2000, 2000)).toBe(2);
      expect(await queue().prune(2000, 2000)).toBe(0);
      expect((await queue().list({ instanceId: 'a', limit: 9 })).map(({ id }) => id)).toEqual([
        'late',
        'open',
        'parked',
        'sending',
      ]);
      expect(await queue().get('b', 'other')).toBeNull();
      expect(await queue().byMessageKey('b', 'key-other')).toBeNull();
      expect(await queue().depths()).toEqual(new Map([['a', 2]]));
    });

    it('keeps an item as long as its idempotency key lives', async () => {
      const idempotency = { key: 'k', fingerprint: 'f', expiresAt: 5000 };
      await queue().enqueue(someRequest('a', '1', { idempotency }), []);
      await queue().change(settle('a', '1', 'sent', 2000), []);
      expect(await queue().prune(3000, 4999)).toBe(0);
      expect(await queue().enqueue(someRequest('a', '2', { idempotency }), [])).toMatchObject({
        outcome: 'repeated',
      });
      expect(await queue().prune(3000, 5000)).toBe(1);
      expect(await queue().enqueue(someRequest('a', '2', { idempotency }), [])).toMatchObject({
        outcome: 'queued',
      });
    });

    it('forgets an expired key although its item is kept', async () => {
      const idempotency = { key: 'k', fingerprint: 'f', expiresAt: 5000 };
      await queue().enqueue(someRequest('a', '1', { idempotency }), []);
      await queue().change(settle('a', '1', 'sent', 2000), []);
      expect(await queue().prune(1000, 5000)).toBe(0);
      // Asked for at an earlier time, at which the key would still have lived.
      expect(await queue().enqueue(someRequest('a', '2', { idempotency }), [])).toMatchObject({
        outcome: 'queued',
      });
      expect(await queue().get('a', '1')).not.toBeNull();
    });
  });
}
