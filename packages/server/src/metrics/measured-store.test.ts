import { GOOD_STANDING, type Store } from '@wakeeper/lifecycle';
import { memoryStore } from '@wakeeper/lifecycle/testing';
import { expect, test } from 'vitest';
import { Metrics } from './metrics.js';

/** The names of the calls of each room. */
const rooms = (store: Store) =>
  Object.fromEntries(
    Object.entries(store).map(([name, room]) => [
      name,
      typeof room === 'object' ? Object.keys(room).sort() : [],
    ]),
  );

test('a store that is timed has all the calls of the one inside', () => {
  expect(rooms(new Metrics({ process: false }).store(memoryStore()))).toEqual(rooms(memoryStore()));
});

test('a store whose rooms are objects of classes is timed with all its calls too', async () => {
  const inner = memoryStore();
  // As of a class: the calls are not the object's own.
  const webhooks = Object.create(inner.webhooks) as Store['webhooks'];
  const store = new Metrics({ process: false }).store({ ...inner, webhooks });
  await store.open();
  expect(await store.webhooks.load()).toEqual([]);
  expect(rooms(store)).toEqual(rooms(inner));
});

test('deliveries that are given up are counted', async () => {
  const metrics = new Metrics({ process: false });
  const inner = memoryStore();
  const store = metrics.store({
    ...inner,
    webhooks: { ...inner.webhooks, settle: async () => [], prune: async () => 3 },
  });
  const progress = {
    attempts: 1,
    aside: false,
    firstAttemptAt: 0,
    lastAttemptAt: 0,
    nextAttemptAt: 0,
    settledAt: null,
    responseStatus: null,
    error: null,
  };
  const outcome = { webhookId: 'wh_1', number: 1, standing: GOOD_STANDING, rejoinSince: null, dueBy: null };
  await store.webhooks.settle({ ...outcome, progress: { ...progress, status: 'dead' } }, []);
  await store.webhooks.settle({ ...outcome, progress: { ...progress, status: 'delivered' } }, []);
  await store.webhooks.prune({ settledBefore: 0, keepSettled: 0, keepPending: 0, now: 0 });
  expect(await metrics.scrape()).toContain('\nwakeeper_webhook_dead_total 4\n');
});
