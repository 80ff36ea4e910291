/** The store's contract, the stream of facts: numbering, reading, pruning. */
import { describe, expect, it } from 'vitest';
import type { OpenStore } from './store.contract.js';
import type { FactQuery } from './store.js';
import {
  alertFact,
  attempt,
  enqueueAll,
  messageFact,
  someRecord,
  someRequest,
  stateFact,
} from './store-samples.contract.js';

export function describeFactStore(open: OpenStore): void {
  const facts = () => open.store.facts;
  const numbers = async (query: FactQuery) => (await facts().list(query)).map(({ number }) => number);

  describe('numbering facts', () => {
    it('counts from one by one, and gives facts back as they were', async () => {
      expect(await facts().lastNumber()).toBe(0);
      const drafts = [
        stateFact('a', { reason: 'Wegen "ü"', retryAt: 17 }, 5),
        messageFact('a', '1'),
        alertFact('X'),
      ];
      const written = await facts().append(drafts);
      expect(written).toEqual(drafts.map((draft, index) => ({ ...draft, number: index + 1 })));
      await open.reopen();
      expect(await facts().list({ limit: 9 })).toEqual(written);
      expect(await facts().lastNumber()).toBe(3);
    });

    it('goes on after reopening, also when the newest were removed', async () => {
      await facts().append([stateFact('a'), stateFact('a')]);
      expect(await facts().prune(0, 0)).toBe(2);
      await open.reopen();
      expect(await facts().lastNumber()).toBe(2);
      expect(await facts().append([stateFact('a')])).toMatchObject([{ number: 3 }]);
    });

    it('follows the order of commits over all kinds of writes, without a gap', async () => {
      await enqueueAll(open.store.queue, 'a', ['0']);
      const written = await Promise.all([
        open.store.instances.save(someRecord('a'), [stateFact('a', {}, 1), stateFact('a', {}, 2)]),
        open.store.instances.insert(someRecord('b'), [stateFact('b', {}, 3)]),
        open.store.queue.enqueue(someRequest('a', '1'), [messageFact('a', '1')]),
        open.store.queue.change(attempt('a', '0'), [messageFact('a', '0')]),
        facts().append([alertFact('X'), alertFact('Y')]),
        open.store.instances.remove('b', [stateFact('b', {}, 4)]),
      ]);
      const given = written.flatMap((result) =>
        result === null ? [] : 'facts' in result ? result.facts : 'outcome' in result ? [] : result,
      );
      expect(given.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(await facts().list({ limit: 99 })).toEqual(given.filter(({ number }) => number !== 3));
    });

    it('writes no fact for an empty list', async () => {
      expect(await facts().append([])).toEqual([]);
      expect(await facts().lastNumber()).toBe(0);
    });
  });

  describe('reading facts', () => {
    const someFacts = () =>
      facts().append([
        stateFact('a'), // 1
        stateFact('b'), // 2
        messageFact('a', '1'), // 3
        alertFact('X'), // 4
        stateFact('a'), // 5
        messageFact('b', '2'), // 6
      ]);

    it('gives them oldest first, after a number, up to the limit', async () => {
      await someFacts();
      expect(await numbers({ limit: 99 })).toEqual([1, 2, 3, 4, 5, 6]);
      expect(await numbers({ limit: 2 })).toEqual([1, 2]);
      expect(await numbers({ after: 2, limit: 3 })).toEqual([3, 4, 5]);
      expect(await numbers({ after: 6, limit: 3 })).toEqual([]);
      expect(await numbers({ after: 99, limit: 3 })).toEqual([]);
    });

    it('gives them newest first, before a number', async () => {
      await someFacts();
      expect(await numbers({ newestFirst: true, limit: 99 })).toEqual([6, 5, 4, 3, 2, 1]);
      expect(await numbers({ newestFirst: true, after: 5, limit: 2 })).toEqual([4, 3]);
      expect(await numbers({ newestFirst: true, after: 1, limit: 2 })).toEqual([]);
      expect(await numbers({ newestFirst: true, after: 99, limit: 1 })).toEqual([6]);
    });

    it('gives those of one instance, of some types, or both', async () => {
      await someFacts();
      expect(await numbers({ instanceId: 'a', limit: 99 })).toEqual([1, 3, 5]);
      expect(await numbers({ types: ['message.queued', 'alert.raised'], limit: 99 })).toEqual([3, 4, 6]);
      expect(await numbers({ types: ['instance.state'], after: 1, limit: 99 })).toEqual([2, 5]);
      expect(
        await numbers({ instanceId: 'a', types: ['instance.state'], newestFirst: true, limit: 1 }),
      ).toEqual([5]);
      expect(
        await numbers({ instanceId: 'b', types: ['instance.state', 'message.queued'], limit: 99 }),
      ).toEqual([2, 6]);
      expect(await numbers({ instanceId: 'nobody', limit: 99 })).toEqual([]);
      expect(await numbers({ types: [], limit: 99 })).toEqual([]);
    });
  });

  describe('pruning facts', () => {
    it('keeps the newest, and of state changes some of each instance', async () => {
      await facts().append([
        stateFact('a'), // 1
        stateFact('b'), // 2
        stateFact('a'), // 3
        messageFact('a', '1'), // 4
        stateFact('a'), // 5
        alertFact('X'), // 6
        messageFact('a', '2'), // 7
      ]);
      expect(await facts().prune(2, 2)).toBe(2);
      expect(await numbers({ limit: 99 })).toEqual([2, 3, 5, 6, 7]);
      expect(await facts().prune(2, 2)).toBe(0);
    });

    it('keeps all when there are no more than asked for', async () => {
      await facts().append([stateFact('a'), messageFact('a', '1')]);
      expect(await facts().prune(2, 0)).toBe(0);
      expect(await facts().prune(99, 0)).toBe(0);
      expect(await numbers({ limit: 9 })).toEqual([1, 2]);
    });

    it('counts the state changes among the newest as history too', async () => {
      await facts().append([stateFact('a'), stateFact('a'), stateFact('a')]);
      expect(await facts().prune(1, 2)).toBe(1);
      expect(await numbers({ limit: 9 })).toEqual([2, 3]);
    });
  });
}
