import type { Store } from '@wakeeper/lifecycle';
import { LifecycleError } from '@wakeeper/lifecycle';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectEachOnce, WebhookScene } from './webhook-scene.fixture.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let scene: WebhookScene;
let isStoreDown = false;
/** A store whose outbox can be made to fail. */
const fragile = (store: Store): Store => ({
  ...store,
  webhooks: {
    ...store.webhooks,
    settle: (...outcome) => (isStoreDown ? Promise.reject(gone()) : store.webhooks.settle(...outcome)),
    plan: (limit) => (isStoreDown ? Promise.reject(gone()) : store.webhooks.plan(limit)),
    head: (lane) => (isStoreDown ? Promise.reject(gone()) : store.webhooks.head(lane)),
  },
});
const gone = () => new LifecycleError('STORE_UNAVAILABLE', { message: 'The disk is full.' });

beforeEach(async () => {
  isStoreDown = false;
  scene = await WebhookScene.open({}, fragile);
});
afterEach(() => scene.close());

const standing = async () => (await scene.webhooks.list())[0]?.standing;

describe('an endpoint that is down', () => {
  it('for an hour gets everything afterwards, in order of each instance, each once', async () => {
    await scene.subscribe();
    const start = scene.clock.now();
    scene.receiver.answer = ({ at }) => (at < start + HOUR ? 503 : 204);
    const facts: number[] = [];
    for (let minute = 0; minute < 60; minute += 1) {
      for (const { number } of await scene.happen('a', 'b', 'a', null)) facts.push(number);
      await scene.clock.advance(MINUTE);
    }
    // The slowest probe, with its jitter.
    await scene.clock.advance(6 * MINUTE + SECOND);
    const seqs = scene.receiver.seqs();
    expect(facts.filter((number) => !seqs.includes(number))).toEqual([]);
    for (const instance of ['a', 'b']) {
      const own = scene.receiver.seqs(instance);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
    expectEachOnce(scene.receiver);
    expect((await scene.webhooks.list())[0]?.backlog).toBe(0);
  });

  it('keeps the order of its only instance too, where one delivery after the other had to show it', async () => {
    await scene.subscribe({ instances: ['a'] });
    const start = scene.clock.now();
    scene.receiver.answer = ({ at }) => (at < start + HOUR ? 503 : 204);
    await scene.happen('a', 'a', 'a', 'a');
    await scene.clock.advance(HOUR + 6 * MINUTE + SECOND);
    expect(scene.receiver.seqs()).toEqual([1, 2, 3, 4]);
  });

  it('for a day loses nothing: probes do not use up the tries of a delivery', async () => {
    const { webhook } = await scene.subscribe({ instances: ['a', 'b'] });
    scene.receiver.answer = () => 500;
    await scene.happen('a', 'b', 'a', 'b');
    await scene.clock.advance(DAY);
    expect(scene.receiver.attempts.length).toBeGreaterThan(200);
    expect((await scene.deliveries(webhook.id)).map(({ status }) => status)).not.toContain('dead');
    scene.receiver.answer = () => 204;
    await scene.clock.advance(6 * MINUTE + SECOND);
    expect(scene.receiver.seqs().toSorted()).toEqual([1, 2, 3, 4]);
  });

  it('is probed, not hammered: one attempt at a time, half a minute apart and more', async () => {
    await scene.subscribe();
    let inFlight = 0;
    let most = 0;
    scene.receiver.answer = async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise<void>((resolve) => scene.clock.setTimeout(() => resolve(), 5 * SECOND));
      inFlight -= 1;
      return 500;
    };
    await scene.happen(...Array.from({ length: 50 }, (_, index) => `i${index}`));
    await scene.clock.until(() => scene.alerts().length === 1);
    const before = scene.receiver.attempts.length;
    expect(before).toBeLessThanOrEqual(20);
    await scene.clock.advance(10 * SECOND);
    most = 0;
    for (let passed = 0; passed < HOUR; passed += 4 * SECOND) {
      await scene.happen('new');
      await scene.clock.advance(4 * SECOND);
    }
    const probes = scene.receiver.attempts.slice(before).map(({ at }) => at);
    expect(most).toBe(1);
    expect(probes.length).toBeGreaterThan(8);
    expect(probes.length).toBeLessThan(25);
    expect(scene.alerts()).toEqual(['alert.raised webhook_failing']);
  });

  it('tells of it once, and of its end', async () => {
    await scene.subscribe();
    scene.receiver.answer = () => 500;
    await scene.happen('a', 'b', 'c');
    await scene.clock.until(() => scene.alerts().length === 1);
    expect((await standing())?.openSince).not.toBeNull();
    scene.receiver.answer = () => 204;
    await scene.clock.until(() => scene.alerts().length === 2);
    expect(scene.alerts()).toEqual(['alert.raised webhook_failing', 'alert.resolved webhook_failing']);
    expect(await standing()).toMatchObject({ failures: 0, openSince: null, retryAt: null });
  });

  it('is still slowed after the process was killed', async () => {
    await scene.subscribe();
    scene.receiver.answer = () => 500;
    await scene.happen('a', 'b', 'c');
    await scene.clock.until(() => scene.alerts().length === 1);
    const { failures } = (await standing()) ?? {};
    const before = scene.receiver.attempts.length;
    await scene.boot();
    expect(await standing()).toMatchObject({ failures, openSince: expect.any(Number) });
    await scene.clock.advance(20 * SECOND);
    expect(scene.receiver.attempts).toHaveLength(before);
  });

  it('for five days is disabled, and somebody is told', async () => {
    const { webhook } = await scene.subscribe();
    scene.receiver.answer = () => 500;
    const start = scene.clock.now();
    for (let day = 0; day < 6; day += 1) {
      await scene.happen('a', 'b', 'c');
      await scene.clock.advance(DAY);
    }
    const disabled = scene.facts.find(
      ({ body }) => 'name' in body && body.name.startsWith('webhook_disabled'),
    );
    expect((disabled?.at ?? 0) - start).toBeGreaterThan(5 * DAY - MINUTE);
    expect(scene.alerts()).toEqual([
      'alert.raised webhook_failing',
      'alert.resolved webhook_failing',
      'alert.raised webhook_disabled',
    ]);
    expect(await standing()).toMatchObject({
      enabled: false,
      disabledReason: expect.stringMatching(/five days/),
    });
    const before = scene.receiver.attempts.length;
    await scene.clock.advance(2 * DAY);
    expect(scene.receiver.attempts).toHaveLength(before);
    scene.receiver.answer = () => 204;
    await scene.webhooks.setEnabled(webhook.id, true);
    await scene.clock.advance(SECOND);
    expect(scene.alerts().at(-1)).toBe('alert.resolved webhook_disabled');
    // What waited is delivered at once, in its order; what was tried for 75 hours is a dead letter.
    const pending = await scene.webhooks.deliveries(webhook.id, { status: ['pending'] });
    expect(pending.items).toEqual([]);
    for (const instance of ['a', 'b', 'c']) {
      const own = scene.receiver.seqs(instance);
      expect(own.length).toBeGreaterThan(0);
      expect(own).toEqual(own.toSorted((x, y) => x - y));
    }
  });

  it('for one message only is not slowed, and gets everything else', async () => {
    await scene.subscribe({ instances: ['a'] });
    scene.receiver.answer = ({ seq }) => (seq === 1 ? 504 : 204);
    await scene.happen('a');
    await scene.clock.advance(4 * DAY);
    expect(scene.receiver.attempts).toHaveLength(13);
    await scene.happen('a', 'a');
    await scene.clock.advance(SECOND);
    expect(scene.receiver.seqs()).toEqual([2, 3]);
    expect(scene.alerts()).toEqual([]);
  });

  it('for several messages in a row gets what is behind them after six hours at the latest', async () => {
    await scene.subscribe({ instances: ['a'] });
    scene.receiver.answer = ({ seq }) => (seq <= 3 ? 504 : 204);
    await scene.happen('a', 'a', 'a');
    await scene.clock.until(() => scene.alerts().length === 1);
    const [behind] = await scene.happen('a');
    await scene.clock.until(() => scene.receiver.accepted.length === 1, 7 * HOUR);
    expect(scene.receiver.seqs()).toEqual([behind?.number]);
  });
});

describe('410 Gone', () => {
  it('ends the subscription: nothing more is sent, and somebody is told', async () => {
    const { webhook } = await scene.subscribe();
    scene.receiver.answer = () => 410;
    await scene.happen('a', 'a');
    await scene.clock.advance(HOUR);
    expect(scene.receiver.attempts).toHaveLength(1);
    expect(scene.alerts()).toEqual(['alert.raised webhook_disabled']);
    expect(await standing()).toMatchObject({
      enabled: false,
      disabledReason: expect.stringMatching(/410 Gone/),
    });
    await scene.happen('a');
    await scene.clock.advance(MINUTE);
    expect((await scene.deliveries(webhook.id)).map(({ fact, status }) => [fact.number, status])).toEqual([
      [1, 'dead'],
      [2, 'pending'],
    ]);
  });

  it('is forgotten when a person enables it again: what waited and what is new is delivered', async () => {
    const { webhook } = await scene.subscribe({ instances: ['a'] });
    scene.receiver.answer = () => 410;
    await scene.happen('a', 'a');
    await scene.clock.advance(MINUTE);
    await scene.happen('a');
    scene.receiver.answer = () => 204;
    await scene.webhooks.setEnabled(webhook.id, true);
    const [fresh] = await scene.happen('a');
    await scene.clock.advance(SECOND);
    expect(scene.receiver.seqs()).toEqual([2, fresh?.number]);
  });
});

describe('a store that fails', () => {
  it('after an attempt lets nothing go twice, and nothing get lost', async () => {
    await scene.subscribe();
    scene.receiver.answer = () => {
      isStoreDown = true;
      return 204;
    };
    await scene.happen('a');
    await scene.clock.advance(MINUTE);
    expect(scene.receiver.seqs()).toEqual([1]);
    expect(scene.logged).toContain('the outcome of a delivery could not be written');
    scene.receiver.answer = () => 204;
    isStoreDown = false;
    await scene.happen('a');
    await scene.clock.advance(MINUTE);
    expect(scene.receiver.seqs()).toEqual([1, 2]);
  });

  it('before the planning delays what it cannot lose', async () => {
    await scene.subscribe();
    isStoreDown = true;
    await scene.happen('a');
    await scene.clock.advance(MINUTE);
    expect(scene.logged).toContain('deliveries could not be planned');
    isStoreDown = false;
    await scene.clock.advance(MINUTE);
    expect(scene.receiver.seqs()).toEqual([1]);
  });
});
