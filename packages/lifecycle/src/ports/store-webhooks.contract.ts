/** The store's contract, webhooks: subscriptions, planning, lanes, outcomes, redelivery, retention. */
import { beforeEach, describe, expect, it } from 'vitest';
import { GIVEN_UP, GOOD_STANDING, NEW_DELIVERY, type WebhookDelivery } from '../domain/webhook.js';
import type { OpenStore } from './store.contract.js';
import { alertFact, messageFact, someRecord, stateFact, unwritableFact } from './store-samples.contract.js';
import { DEAD, DELIVERED, outcomeOf, someWebhook } from './webhook-samples.contract.js';

const DISABLED = { ...GOOD_STANDING, enabled: false, disabledReason: 'By hand.' };

export function describeWebhookStore(open: OpenStore): void {
  const hooks = () => open.store.webhooks;
  const append = (...facts: Parameters<typeof open.store.facts.append>[0]) => open.store.facts.append(facts);
  const numbers = (deliveries: readonly WebhookDelivery[]) => deliveries.map(({ fact }) => fact.number);
  const all = async (webhookId = 'w') => numbers(await hooks().list({ webhookId, limit: 99 })).reverse();
  const heads = async () => numbers(await hooks().heads('w'));
  const aside = async () => numbers(await hooks().aside('w', 99));
  const delivery = async (number: number): Promise<WebhookDelivery> => {
    const found = await hooks().get('w', number);
    if (!found) throw new Error(`There is no delivery of fact ${number}.`);
    return found;
  };
  const settle = async (
    number: number,
    ...change: Parameters<typeof outcomeOf> extends [unknown, ...infer R] ? R : never
  ) => hooks().settle(outcomeOf(await delivery(number), ...change), []);

  describe('webhooks', () => {
    it('are given back as they were saved, in the order of their making, also after reopening', async () => {
      const [second, first] = [
        someWebhook('a', { createdAt: 2 }),
        someWebhook('b', { createdAt: 1, retries: null }),
      ];
      await hooks().insert(first, GOOD_STANDING);
      await hooks().insert(second, DISABLED);
      await open.reopen();
      expect(await hooks().load()).toEqual([
        { webhook: first, standing: GOOD_STANDING },
        { webhook: second, standing: DISABLED },
      ]);
    });

    it('are replaced by what is saved, and only where they are', async () => {
      await hooks().insert(someWebhook('w'), GOOD_STANDING);
      expect(await hooks().save(someWebhook('w', { url: 'https://example.org/new' }))).toBe(true);
      expect(await hooks().save(someWebhook('nobody'))).toBe(false);
      expect((await hooks().load()).map(({ webhook }) => webhook.url)).toEqual(['https://example.org/new']);
    });

    it('go with their deliveries, and tell of it', async () => {
      await hooks().insert(someWebhook('w'), GOOD_STANDING);
      await hooks().insert(someWebhook('v'), GOOD_STANDING);
      await append(stateFact('a'));
      await hooks().plan(9);
      expect(await hooks().remove('w', [alertFact('X')])).toEqual([{ ...alertFact('X'), number: 2 }]);
      expect(await hooks().remove('w', [alertFact('X')])).toBeNull();
      expect(await all('w')).toEqual([]);
      expect(await all('v')).toEqual([1]);
      expect(await open.store.facts.lastNumber()).toBe(2);
    });

    it('change how they stand together with the fact that tells of it', async () => {
      await hooks().insert(someWebhook('w'), GOOD_STANDING);
      await expect(hooks().stand('w', DISABLED, [unwritableFact('a')])).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
      expect((await hooks().load())[0]?.standing).toEqual(GOOD_STANDING);
      expect(await hooks().stand('w', DISABLED, [alertFact('X')])).toMatchObject([{ number: 1 }]);
      expect((await hooks().load())[0]?.standing).toEqual(DISABLED);
      expect(await hooks().stand('nobody', DISABLED, [alertFact('X')])).toBeNull();
      expect(await open.store.facts.lastNumber()).toBe(1);
    });
  });

  describe('planning deliveries', () => {
    it('makes one of each wanted fact from the subscription on, once', async () => {
      await append(stateFact('a'));
      await hooks().insert(someWebhook('w'), GOOD_STANDING);
      const facts = await append(stateFact('a'), alertFact('X'), messageFact('b', '1'), stateFact('a'));
      expect(await hooks().plan(9)).toEqual({
        lanes: ['a', null, 'b'].map((instanceId) => ({ webhookId: 'w', instanceId })),
        more: false,
      });
      expect(await hooks().plan(9)).toEqual({ lanes: [], more: false });
      await open.reopen();
      expect(await hooks().list({ webhookId: 'w', limit: 9 })).toEqual(
        facts.toReversed().map((fact) => ({ webhookId: 'w', fact, ...NEW_DELIVERY })),
      );
    });

    it('looks at so many facts at a time, and says whether there are more', async () => {
      await hooks().insert(someWebhook('w'), GOOD_STANDING);
      await append(stateFact('a'), stateFact('a'), stateFact('a'));
      expect(await hooks().plan(2)).toMatchObject({ more: true });
      expect(await all()).toEqual([1, 2]);
      expect(await hooks().plan(2)).toMatchObject({ more: false });
      expect(await all()).toEqual([1, 2, 3]);
    });

    it('keeps to the filters of each webhook', async () => {
      const filters = {
        w: {},
        state: { events: ['instance.state'] },
        noun: { events: ['message.*', 'poll.vote'] },
      };
      for (const [id, change] of Object.entries(filters))
        await hooks().insert(someWebhook(id, change), GOOD_STANDING);
      await hooks().insert(someWebhook('onlyB', { instances: ['b'] }), GOOD_STANDING);
      await append(stateFact('a'), messageFact('b', '1'), alertFact('X'), stateFact('b'));
      await hooks().plan(9);
      expect(await all('w')).toEqual([1, 2, 3, 4]);
      expect(await all('state')).toEqual([1, 4]);
      expect(await all('noun')).toEqual([2]);
      expect(await all('onlyB')).toEqual([2, 4]);
    });

    it('comes before facts are forgotten: by pruning, with their instance, by being disabled', async () => {
      await hooks().insert(someWebhook('w'), GOOD_STANDING);
      await append(stateFact('a'), messageFact('a', '1'));
      await open.store.facts.prune(0, 0);
      await open.store.instances.insert(someRecord('a'), [stateFact('a')]);
      await open.store.instances.remove('a', []);
      await append(messageFact('a', '2'));
      await hooks().stand('w', DISABLED, []);
      expect(await open.store.facts.list({ limit: 9 })).toMatchObject([{ number: 4 }]);
      expect(await all()).toEqual([1, 2, 3, 4]);
    });

    it('passes over what happens while a webhook is disabled', async () => {
      await hooks().insert(someWebhook('w'), GOOD_STANDING);
      await hooks().stand('w', DISABLED, []);
      await append(stateFact('a'));
      expect(await hooks().plan(9)).toEqual({ lanes: [], more: false });
      await hooks().stand('w', GOOD_STANDING, []);
      await append(stateFact('a'));
      await hooks().plan(9);
      expect(await all()).toEqual([2]);
    });

    it('goes on through more facts than one turn takes', async () => {
      await hooks().insert(someWebhook('w'), GOOD_STANDING);
      await append(...Array.from({ length: 1200 }, () => messageFact('a', '1')));
      await open.store.facts.prune(0, 0);
      expect((await hooks().backlogs()).get('w')).toBe(1200);
    });
  });

  describe('the outbox of a webhook', () => {
    beforeEach(async () => {
      await hooks().insert(someWebhook('w'), GOOD_STANDING);
      // 1: a, 2: a, 3: node, 4: b, 5: b
      await append(stateFact('a'), stateFact('a', {}, 2000), alertFact('X'), stateFact('b'), stateFact('b'));
      await hooks().plan(99);
    });

    it('has a head in every lane: the oldest that is pending and has not stepped aside', async () => {
      expect(await heads()).toEqual([1, 3, 4]);
      await settle(1, DELIVERED);
      await settle(3, DEAD);
      await settle(4, { aside: true });
      expect(await heads()).toEqual([2, 5]);
      expect((await hooks().head({ webhookId: 'w', instanceId: 'b' }))?.fact.number).toBe(5);
      expect(await hooks().head({ webhookId: 'w', instanceId: null })).toBeNull();
      expect(await hooks().head({ webhookId: 'nobody', instanceId: 'a' })).toBeNull();
    });

    it('has what stepped aside in the order in which it is due', async () => {
      await settle(1, { aside: true, nextAttemptAt: 9 });
      await settle(4, { aside: true, nextAttemptAt: 8 });
      await settle(5, { aside: true, nextAttemptAt: 8 });
      await settle(2, { nextAttemptAt: 1 });
      expect(await aside()).toEqual([4, 5, 1]);
      expect(numbers(await hooks().aside('w', 1))).toEqual([4]);
    });

    it('keeps what an attempt came to, how the endpoint stands and the facts of it in one', async () => {
      const standing = { ...GOOD_STANDING, failures: 10, failingSince: 1, openSince: 2, retryAt: 3 };
      const outcome = outcomeOf(await delivery(1), {}, { standing });
      expect(await hooks().settle(outcome, [alertFact('Y')])).toEqual([{ ...alertFact('Y'), number: 6 }]);
      await open.reopen();
      expect(await delivery(1)).toMatchObject({ ...outcome.progress, fact: stateFact('a') });
      expect((await hooks().load())[0]?.standing).toEqual(standing);
      await expect(
        hooks().settle(outcomeOf(await delivery(2), DEAD), [unwritableFact('a')]),
      ).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
      expect(await delivery(2)).toMatchObject(NEW_DELIVERY);
      expect((await hooks().load())[0]?.standing).toEqual(standing);
    });

    it('takes no outcome of what is settled, removed or unknown', async () => {
      const late = outcomeOf(await delivery(1), DEAD);
      await settle(1, DELIVERED);
      expect(await hooks().settle(late, [alertFact('X')])).toBeNull();
      expect(await hooks().settle({ ...late, number: 99 }, [alertFact('X')])).toBeNull();
      await hooks().remove('w', []);
      expect(await hooks().settle(late, [alertFact('X')])).toBeNull();
      expect(await open.store.facts.lastNumber()).toBe(5);
    });

    it('lets those back into their lanes that stepped aside while the endpoint was failing', async () => {
      await settle(1, { aside: true, firstAttemptAt: 10 });
      await settle(2, { aside: true, firstAttemptAt: 20, responseStatus: null });
      await settle(4, { aside: true, firstAttemptAt: 30, responseStatus: 422 });
      await settle(5, {}, { rejoinSince: 20 });
      expect(await aside()).toEqual([1, 4]);
      expect(await heads()).toEqual([2, 3, 5]);
    });

    it('makes everything due when the endpoint answers again', async () => {
      await settle(1, { nextAttemptAt: 9_000_000 });
      await settle(4, { aside: true, nextAttemptAt: 8_000_000 });
      await settle(3, DELIVERED, { dueBy: 3000 });
      expect((await delivery(1)).nextAttemptAt).toBe(3000);
      expect((await delivery(4)).nextAttemptAt).toBe(3000);
      expect((await delivery(2)).nextAttemptAt).toBe(0);
    });

    it('is due as a whole, and in its lanes, when the webhook is enabled again', async () => {
      await settle(1, { aside: true, nextAttemptAt: 9_000_000 });
      await settle(4, { aside: true, nextAttemptAt: 9_000_000, responseStatus: 413 });
      await hooks().stand('w', DISABLED, []);
      expect(await heads()).toEqual([2, 3, 5]);
      await hooks().stand('w', GOOD_STANDING, []);
      expect(await heads()).toEqual([1, 3, 5]);
      expect(await aside()).toEqual([4]);
      expect([await delivery(1), await delivery(4)].map(({ nextAttemptAt }) => nextAttemptAt)).toEqual([
        0, 0,
      ]);
    });

    it('is listed newest first, by status, in pages', async () => {
      await settle(1, DELIVERED);
      await settle(4, DEAD);
      const list = async (query: object) =>
        numbers(await hooks().list({ webhookId: 'w', limit: 99, ...query }));
      expect(await list({})).toEqual([5, 4, 3, 2, 1]);
      expect(await list({ limit: 2, before: 4 })).toEqual([3, 2]);
      expect(await list({ statuses: ['dead', 'delivered'] })).toEqual([4, 1]);
      expect(await list({ statuses: ['pending'], limit: 2 })).toEqual([5, 3]);
      expect(await list({ statuses: [] })).toEqual([]);
      expect(await hooks().get('w', 99)).toBeNull();
    });

    it('sends one again as new, beside its lane', async () => {
      await settle(1, DELIVERED);
      expect(await hooks().redeliver('w', 1)).toMatchObject({
        ...NEW_DELIVERY,
        aside: true,
        fact: { number: 1 },
      });
      expect(await hooks().redeliver('w', 99)).toBeNull();
      expect(await aside()).toEqual([1]);
      expect(await heads()).toEqual([2, 3, 4]);
    });

    it('sends those of a time again that have one of the statuses', async () => {
      for (const number of [1, 4]) await settle(number, DEAD);
      for (const number of [2, 5]) await settle(number, DELIVERED);
      const range = { webhookId: 'w', from: 1000, to: 1000, statuses: ['dead'] } as const;
      expect(await hooks().redeliverRange(range)).toBe(2);
      expect(await aside()).toEqual([1, 4]);
      expect(await hooks().redeliverRange({ ...range, to: 1999, statuses: ['delivered'] })).toBe(1);
      expect(await aside()).toEqual([1, 4, 5]);
      expect(await hooks().redeliverRange({ ...range, webhookId: 'nobody' })).toBe(0);
    });

    it('delivers of a time what it has missed, as far as the stream reaches', async () => {
      await hooks().stand('w', DISABLED, []);
      await append(stateFact('a', {}, 3000), messageFact('a', '1'));
      await hooks().save(someWebhook('w', { events: ['instance.state'] }));
      await hooks().stand('w', GOOD_STANDING, []);
      const range = { webhookId: 'w', from: 3000, to: 9000, statuses: [] } as const;
      expect(await hooks().redeliverRange(range)).toBe(1);
      expect(await hooks().redeliverRange(range)).toBe(0);
      expect(await aside()).toEqual([6]);
    });

    it('counts what waits', async () => {
      await hooks().insert(someWebhook('idle'), GOOD_STANDING);
      await settle(1, DELIVERED);
      expect(await hooks().backlogs()).toEqual(new Map([['w', 4]]));
    });

    it('forgets what settled long ago or is too much, and gives up the oldest of too long a backlog', async () => {
      await settle(1, { ...DELIVERED, settledAt: 10 });
      await settle(2, { ...DEAD, settledAt: 30 });
      await settle(3, { ...DELIVERED, settledAt: 30 });
      const retention = { settledBefore: 0, keepSettled: 99, keepPending: 99, now: 40 };
      expect(await hooks().prune({ ...retention, settledBefore: 20 })).toBe(0);
      expect(await all()).toEqual([2, 3, 4, 5]);
      expect(await hooks().prune({ ...retention, keepSettled: 1 })).toBe(0);
      expect(await all()).toEqual([3, 4, 5]);
      expect(await hooks().prune({ ...retention, keepPending: 1 })).toBe(1);
      expect(await delivery(4)).toMatchObject({ status: 'dead', settledAt: 40, error: GIVEN_UP });
      expect(await heads()).toEqual([5]);
    });
  });
}
