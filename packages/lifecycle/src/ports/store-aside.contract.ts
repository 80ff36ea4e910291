/** The store's contract, what stands aside in a queue: items that are held for a person, and items that wait for the page. */
import { describe, expect, it } from 'vitest';
import type { OpenStore } from './store.contract.js';
import type { ItemChange } from './store.js';
import { attempt, enqueueAll, messageFact, settle, someRequest } from './store-samples.contract.js';

export function describeAside(open: OpenStore): void {
  const queue = () => open.store.queue;
  const headOf = async (without?: readonly string[]) => (await queue().head('a', without))?.id ?? null;
  const queued = (id: string, change: Partial<ItemChange>): ItemChange => ({
    instanceId: 'a',
    id,
    from: ['queued'],
    status: 'queued',
    ...change,
  });
  const hold = (id: string) => queue().change(queued(id, { held: true }), []);
  const wait = (id: string, waitsFor: string | null) => queue().change(queued(id, { waitsFor }), []);
  const idsOf = async (query: Partial<Parameters<ReturnType<typeof queue>['list']>[0]> = {}) =>
    (await queue().list({ instanceId: 'a', limit: 9, ...query })).map(({ id }) => id);

  describe('the account of an item', () => {
    it('is the one that it was accepted for, until a change names another', async () => {
      await queue().enqueue(someRequest('a', '1', { account: '49@c.us' }), []);
      await queue().enqueue(someRequest('a', '2'), []);
      expect(await queue().get('a', '1')).toMatchObject({ account: '49@c.us', held: false, waitsFor: null });
      expect(await queue().get('a', '2')).toMatchObject({ account: null });
      await queue().change(queued('2', { account: '50@c.us' }), []);
      await open.reopen();
      expect((await queue().list({ instanceId: 'a', limit: 9 })).map(({ account }) => account)).toEqual([
        '49@c.us',
        '50@c.us',
      ]);
    });
  });

  describe('an item that is held', () => {
    it('is passed by the head, and counts for neither the depth nor a full queue', async () => {
      await enqueueAll(queue(), 'a', ['1', '2', '3']);
      await hold('1');
      await hold('3');
      expect(await headOf()).toBe('2');
      await open.reopen();
      expect(await headOf()).toBe('2');
      expect(await queue().depths()).toEqual(new Map([['a', 1]]));
      expect(await queue().heldCounts()).toEqual(new Map([['a', 2]]));
      expect(await queue().enqueue(someRequest('a', '4', { maxQueueSize: 2 }), [])).toMatchObject({
        outcome: 'queued',
        depth: 2,
      });
    });

    it('is in its old place again when it is released', async () => {
      await enqueueAll(queue(), 'a', ['1', '2']);
      await hold('1');
      await queue().change(queued('1', { held: false }), []);
      expect(await headOf()).toBe('1');
      expect(await queue().depths()).toEqual(new Map([['a', 2]]));
      expect(await queue().heldCounts()).toEqual(new Map());
    });

    it('is counted once, however often it is held', async () => {
      await enqueueAll(queue(), 'a', ['1']);
      await hold('1');
      await hold('1');
      expect(await queue().heldCounts()).toEqual(new Map([['a', 1]]));
      expect(await queue().depths()).toEqual(new Map());
    });

    it.each(['sending', 'sent', 'failed', 'uncertain', 'expired', 'cancelled'] as const)(
      'is held no longer when it is %s',
      async (status) => {
        await enqueueAll(queue(), 'a', ['1', '2']);
        await hold('1');
        const changed = await queue().change({ instanceId: 'a', id: '1', from: ['queued'], status }, []);
        expect(changed?.item).toMatchObject({ status, held: false });
        await open.reopen();
        expect(await queue().get('a', '1')).toMatchObject({ status, held: false });
        expect(await queue().heldCounts()).toEqual(new Map());
        expect(await queue().depths()).toEqual(new Map([['a', status === 'sending' ? 2 : 1]]));
      },
    );

    it('is changed only where the change asks for what it is', async () => {
      await enqueueAll(queue(), 'a', ['1', '2']);
      await hold('1');
      const released = (id: string) =>
        queue().change(queued(id, { ifHeld: true, held: false }), [messageFact('a', id)]);
      expect(await released('2')).toBeNull();
      expect(await queue().change(queued('1', { ifHeld: false, held: true }), [])).toBeNull();
      expect(await open.store.facts.lastNumber()).toBe(0);
      expect((await released('1'))?.item).toMatchObject({ held: false });
      expect(await released('1')).toBeNull();
    });

    it('is listed in its place, by itself, or left out', async () => {
      await enqueueAll(queue(), 'a', ['1', '2', '3', '4']);
      await hold('2');
      await hold('4');
      await wait('4', 'media');
      await queue().change(settle('a', '1', 'sent'), []);
      expect(await idsOf()).toEqual(['1', '2', '3', '4']);
      expect(await idsOf({ statuses: ['queued'] })).toEqual(['2', '3', '4']);
      expect(await idsOf({ held: true })).toEqual(['2', '4']);
      expect(await idsOf({ held: true, limit: 1 })).toEqual(['2']);
      expect(await idsOf({ held: true, afterSeq: 2 })).toEqual(['4']);
      expect(await idsOf({ held: false })).toEqual(['1', '3']);
      expect(await idsOf({ held: true, statuses: ['sent'] })).toEqual([]);
    });

    it('keeps its idempotency key, and is pruned when it has settled', async () => {
      const idempotency = { key: 'k', fingerprint: 'f', expiresAt: 5000 };
      await queue().enqueue(someRequest('a', '1', { idempotency }), []);
      await hold('1');
      expect(await queue().prune(9000, 9000)).toBe(0);
      const again = someRequest('a', '2', { idempotency, createdAt: 9000, maxQueueSize: 0 });
      expect(await queue().enqueue(again, [])).toMatchObject({
        outcome: 'repeated',
        item: { id: '1', held: true },
        depth: 0,
      });
      await queue().change(settle('a', '1', 'cancelled', 2000), []);
      expect(await queue().prune(9000, 9000)).toBe(1);
    });

    it('goes with its instance', async () => {
      await enqueueAll(queue(), 'a', ['1']);
      await hold('1');
      await open.store.instances.remove('a', []);
      expect(await queue().heldCounts()).toEqual(new Map());
      expect(await queue().get('a', '1')).toBeNull();
    });
  });

  describe('an item that waits for the page', () => {
    it('is passed while the page is without it, and counts', async () => {
      await enqueueAll(queue(), 'a', ['1', '2', '3']);
      await wait('1', 'media');
      await wait('2', 'polls');
      expect(await headOf()).toBe('1');
      expect(await headOf([])).toBe('1');
      expect(await headOf(['media'])).toBe('2');
      expect(await headOf(['polls'])).toBe('1');
      expect(await headOf(['polls', 'media'])).toBe('3');
      await queue().change(settle('a', '3', 'sent'), []);
      expect(await headOf(['polls', 'media'])).toBeNull();
      await open.reopen();
      expect(await headOf(['media'])).toBe('2');
      expect(await queue().depths()).toEqual(new Map([['a', 2]]));
    });

    it('keeps the order of acceptance among all that may go', async () => {
      await enqueueAll(queue(), 'a', ['1', '2', '3', '4']);
      await wait('2', 'polls');
      await wait('3', 'media');
      await queue().change(settle('a', '1', 'sent'), []);
      expect(await headOf(['media'])).toBe('2');
      expect(await headOf(['polls'])).toBe('3');
      await wait('2', null);
      expect(await headOf(['media', 'polls'])).toBe('2');
    });

    it('is in flight whatever the page is without, and waits for nothing then', async () => {
      await enqueueAll(queue(), 'a', ['1', '2']);
      await wait('2', 'media');
      expect((await queue().change(attempt('a', '2'), []))?.item).toMatchObject({ waitsFor: null });
      expect(await headOf(['media'])).toBe('2');
    });

    it('is held like any other', async () => {
      await enqueueAll(queue(), 'a', ['1', '2']);
      await wait('1', 'media');
      await hold('1');
      expect(await headOf()).toBe('2');
      expect(await queue().get('a', '1')).toMatchObject({ held: true, waitsFor: 'media' });
    });
  });

  describe('changing many items at once', () => {
    const held = (id: string) => ({
      change: queued(id, { ifHeld: false, held: true }),
      facts: [messageFact('a', id)],
    });

    it('makes the changes that apply, in order, with their facts alone', async () => {
      await enqueueAll(queue(), 'a', ['1', '2', '3']);
      await queue().change(settle('a', '2', 'sent'), []);
      const { items, facts } = await queue().changeAll('a', ['3', '2', 'none', '1', '3'].map(held));
      expect(items.map(({ id, held }) => [id, held])).toEqual([
        ['3', true],
        ['1', true],
      ]);
      expect(facts).toEqual([
        { ...messageFact('a', '3'), number: 1 },
        { ...messageFact('a', '1'), number: 2 },
      ]);
      expect(await open.store.facts.list({ limit: 9 })).toEqual(facts);
      await open.reopen();
      expect(await idsOf({ held: true })).toEqual(['1', '3']);
    });

    it('reaches into no other instance', async () => {
      await enqueueAll(queue(), 'a', ['1']);
      await enqueueAll(queue(), 'b', ['2']);
      const foreign = { change: { ...queued('2', { held: true }), instanceId: 'b' }, facts: [] };
      expect(await queue().changeAll('a', [foreign])).toEqual({ items: [], facts: [] });
      expect(await queue().heldCounts()).toEqual(new Map());
    });

    it('gives the items without the bytes of their media', async () => {
      const media = { mimetype: 'image/png', data: Buffer.from('picture').toString('base64') };
      const content = { type: 'message', payload: { to: '49@c.us', media } } as const;
      await queue().enqueue(someRequest('a', '1', { content }), []);
      const { items } = await queue().changeAll('a', [held('1')]);
      expect(items.map(({ payload }) => payload)).toEqual([
        { to: '49@c.us', media: { mimetype: 'image/png', bytes: 7 } },
      ]);
      expect((await queue().get('a', '1'))?.payload).toEqual(content.payload);
    });

    it('changes nothing for nothing', async () => {
      expect(await queue().changeAll('a', [])).toEqual({ items: [], facts: [] });
    });
  });
}
