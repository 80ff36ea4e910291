/** The store's contract, what was heard: each thing told once, and until when all was told. */
import { describe, expect, it } from 'vitest';
import type { OpenStore } from './store.contract.js';
import { KEYS_BEFORE_HEARD_MS } from './store.js';
import { heardFact, messageFact, someRecord, someRequest, stateFact } from './store-samples.contract.js';

const bare = ({ once: _once, ...draft }: ReturnType<typeof heardFact>) => draft;

export function describeInboxStore(open: OpenStore): void {
  const facts = () => open.store.facts;
  const inbox = () => open.store.inbox;

  describe('facts that are told once', () => {
    it('writes the first, leaves out the others without a gap, and knows it after reopening', async () => {
      const first = [heardFact('a', '1'), stateFact('a'), heardFact('a', '1'), heardFact('a', '2')];
      expect(await facts().append(first)).toEqual([
        { ...bare(heardFact('a', '1')), number: 1 },
        { ...stateFact('a'), number: 2 },
        { ...bare(heardFact('a', '2')), number: 3 },
      ]);
      await open.reopen();
      expect(await facts().append([heardFact('a', '2'), heardFact('a', '3')])).toEqual([
        { ...bare(heardFact('a', '3')), number: 4 },
      ]);
      expect(await facts().append([heardFact('a', '3')])).toEqual([]);
      expect(await facts().list({ limit: 9 })).toHaveLength(4);
      expect(await facts().lastNumber()).toBe(4);
    });

    it('tells instances apart, and keeps no key in the fact', async () => {
      await facts().append([heardFact('a', '1'), heardFact('A', '1')]);
      expect(await facts().list({ limit: 9 })).toEqual([
        { ...bare(heardFact('a', '1')), number: 1 },
        { ...bare(heardFact('A', '1')), number: 2 },
      ]);
    });

    it('leaves them out of every kind of write', async () => {
      await facts().append([heardFact('a', '1')]);
      const { instances, queue } = open.store;
      expect(await instances.save(someRecord('a'), [heardFact('a', '1'), stateFact('a')])).toMatchObject([
        { type: 'instance.state', number: 2 },
      ]);
      const told = [heardFact('a', '1'), messageFact('a', 'i')];
      expect(await queue.enqueue(someRequest('a', 'i'), told)).toMatchObject({ facts: [{ number: 3 }] });
      expect(await queue.enqueue(someRequest('a', 'j'), [heardFact('a', '1')])).toMatchObject({ facts: [] });
    });

    it('remembers nothing of a write that failed', async () => {
      const { instances } = open.store;
      await instances.insert(someRecord('a'), []);
      await expect(instances.insert(someRecord('a'), [heardFact('a', '1')])).rejects.toMatchObject({
        code: 'INSTANCE_EXISTS',
      });
      expect(await facts().append([heardFact('a', '1')])).toHaveLength(1);
    });

    it('forgets keys that were told before a time, and tells what they name again', async () => {
      await facts().append([heardFact('a', '1', null, 100), heardFact('b', '2', null, 200)]);
      expect(await inbox().prune(200)).toBe(1);
      expect(await inbox().prune(200)).toBe(0);
      expect(await facts().append([heardFact('a', '1'), heardFact('b', '2')])).toMatchObject([
        { instanceId: 'a', number: 3 },
      ]);
    });
  });

  describe('until when an instance has heard', () => {
    it('begins with the account, and is kept over reopening', async () => {
      expect(await inbox().begin('a', 'me', 500)).toEqual({ since: 500, heardUntil: 500 });
      await open.reopen();
      expect(await inbox().begin('a', 'me', 900)).toEqual({ since: 500, heardUntil: 500 });
      expect(await inbox().begin('b', 'me', 900)).toEqual({ since: 900, heardUntil: 900 });
    });

    it('begins anew with another account', async () => {
      await inbox().begin('a', 'me', 500);
      await facts().append([heardFact('a', '1', 700)]);
      expect(await inbox().begin('a', 'somebody else', 900)).toEqual({ since: 900, heardUntil: 900 });
      expect(await inbox().begin('a', 'somebody else', 950)).toEqual({ since: 900, heardUntil: 900 });
    });

    it('goes on where another name of the same account is known by now', async () => {
      await inbox().begin('a', 'lid', 500);
      expect(await inbox().begin('a', 'number', 900, 'lid')).toEqual({ since: 500, heardUntil: 500 });
      expect(await inbox().begin('a', 'number', 950)).toEqual({ since: 500, heardUntil: 500 });
      expect(await inbox().begin('a', 'other', 990, 'another lid')).toEqual({ since: 990, heardUntil: 990 });
    });

    it('moves on with what is told, never back, and with what was told before too', async () => {
      await inbox().begin('a', 'me', 500);
      await facts().append([heardFact('a', '1', 800), heardFact('a', '2', 700), heardFact('a', '3')]);
      expect(await inbox().begin('a', 'me', 0)).toEqual({ since: 500, heardUntil: 800 });
      await facts().append([heardFact('a', '1', 850)]);
      expect(await inbox().begin('a', 'me', 0)).toEqual({ since: 500, heardUntil: 850 });
    });

    it('moves on by itself where nothing came, never back, and not where there is no account', async () => {
      await inbox().begin('a', 'me', 500);
      await inbox().advance('a', 800);
      await inbox().advance('a', 700);
      await inbox().advance('b', 900);
      await open.reopen();
      expect(await inbox().begin('a', 'me', 0)).toEqual({ since: 500, heardUntil: 800 });
      expect(await inbox().begin('b', 'me', 600)).toEqual({ since: 600, heardUntil: 600 });
    });

    it('keeps the keys of the day before it, however long ago that is', async () => {
      const until = 10 * KEYS_BEFORE_HEARD_MS;
      await inbox().begin('a', 'me', until);
      await facts().append([
        heardFact('a', '1', null, until - KEYS_BEFORE_HEARD_MS - 1),
        heardFact('a', '2', null, until - KEYS_BEFORE_HEARD_MS),
      ]);
      expect(await inbox().prune(2 * until)).toBe(1);
      expect(await facts().append([heardFact('a', '2')])).toEqual([]);
      await inbox().advance('a', until + 1);
      expect(await inbox().prune(2 * until)).toBe(1);
    });

    it('ends with the instance, and with it what it has told', async () => {
      await open.store.instances.insert(someRecord('a'), []);
      await inbox().begin('a', 'me', 500);
      await facts().append([heardFact('a', '1', 800), heardFact('b', '1', 800)]);
      await open.store.instances.remove('a', []);
      expect(await inbox().begin('a', 'me', 900)).toEqual({ since: 900, heardUntil: 900 });
      expect(await facts().append([heardFact('a', '1'), heardFact('b', '1')])).toMatchObject([
        { instanceId: 'a' },
      ]);
    });
  });
}
