import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectEachOnce, WebhookScene } from './webhook-scene.fixture.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let scene: WebhookScene;
beforeEach(async () => {
  scene = await WebhookScene.open();
});
afterEach(() => scene.close());

describe('a fact', () => {
  it('is delivered once, signed, with its type, its time and its place in the stream', async () => {
    const { webhook } = await scene.subscribe({ headers: { authorization: 'Bearer t' } });
    scene.receiver.answer = () => 200;
    await scene.happen('shop');
    await scene.clock.until(() => scene.receiver.accepted.length === 1);
    const [received] = scene.receiver.accepted;
    expect(received).toMatchObject({
      id: `${webhook.id}_1`,
      type: 'message.ack',
      seq: 1,
      instanceId: 'shop',
      url: 'https://example.org/hook',
      headers: { authorization: 'Bearer t', 'content-type': 'application/json' },
    });
    await scene.clock.advance(HOUR);
    expect(scene.receiver.attempts).toHaveLength(1);
    expect(await scene.deliveries(webhook.id)).toMatchObject([
      { status: 'delivered', attempts: 1, responseStatus: 200, error: null },
    ]);
  });

  it('that is not wanted is not delivered', async () => {
    await scene.subscribe({ events: ['instance.*'] });
    await scene.happen('shop', null);
    await scene.clock.advance(HOUR);
    expect(scene.receiver.attempts).toEqual([]);
  });

  it('waits for the answer to the one before it of the same instance, and for no other', async () => {
    await scene.subscribe();
    let release = (_: number): void => {};
    scene.receiver.answer = ({ seq }) =>
      seq === 1
        ? new Promise((resolve) => {
            release = resolve;
          })
        : 204;
    await scene.happen('a', 'a', 'b', null, 'b');
    await scene.clock.advance(SECOND);
    expect(scene.receiver.seqs()).toEqual([3, 4, 5]);
    release(204);
    await scene.clock.until(() => scene.receiver.seqs('a').length === 2);
    expect(scene.receiver.seqs('a')).toEqual([1, 2]);
  });

  it('arrives in order in spite of failures of less than two minutes', async () => {
    await scene.subscribe();
    const start = scene.clock.now();
    scene.receiver.answer = ({ at }) => (at < start + 70 * SECOND ? 500 : 204);
    await scene.happen('a', 'a', 'a');
    await scene.clock.until(() => scene.receiver.accepted.length === 3);
    expect(scene.receiver.seqs()).toEqual([1, 2, 3]);
    expect(scene.clock.now() - start).toBeLessThan(2 * MINUTE);
  });
});

describe('a delivery that keeps failing', () => {
  it('holds the others of its instance for two minutes, then steps aside and is tried on', async () => {
    const { webhook } = await scene.subscribe();
    const start = scene.clock.now();
    scene.receiver.answer = ({ seq, at }) => (seq === 1 && at < start + 10 * MINUTE ? 500 : 204);
    await scene.happen('a', 'a', 'a');
    await scene.clock.advance(119 * SECOND);
    expect(scene.receiver.seqs()).toEqual([]);
    await scene.clock.advance(2 * SECOND);
    expect(scene.receiver.seqs()).toEqual([2, 3]);
    expect((await scene.deliveries(webhook.id))[0]).toMatchObject({ status: 'pending', aside: true });
    await scene.clock.advance(HOUR);
    expect(scene.receiver.seqs()).toEqual([2, 3, 1]);
    expectEachOnce(scene.receiver);
  });

  it.each([400, 413, 422])('because the message is refused with %i steps aside at once', async (status) => {
    await scene.subscribe();
    scene.receiver.answer = ({ seq }) => (seq === 1 ? status : 204);
    await scene.happen('a', 'a');
    await scene.clock.advance(SECOND);
    expect(scene.receiver.seqs()).toEqual([2]);
  });

  it('is tried over 75 hours, each wait within its jitter, and is a dead letter then', async () => {
    const { webhook } = await scene.subscribe({ instances: ['a'] });
    scene.receiver.answer = () => 500;
    await scene.happen('a');
    await scene.clock.advance(100 * HOUR);
    const times = scene.receiver.attempts.map(({ at }) => at);
    const waits = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    const planned = [5, 10, 20, 40, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
    expect(waits).toHaveLength(planned.length);
    for (const [index, seconds] of planned.entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(seconds * 800);
      expect(waits[index]).toBeLessThanOrEqual(seconds * 1200);
    }
    expect(new Set(waits.map((ms, index) => ms / (planned[index] ?? 1))).size).toBeGreaterThan(6);
    expect(await scene.deliveries(webhook.id)).toMatchObject([
      { status: 'dead', attempts: 13, responseStatus: 500, error: 'It answered 500.' },
    ]);
  });

  it("is tried by the subscriber's own rule where there is one", async () => {
    const { webhook } = await scene.subscribe({
      retries: { policy: 'linear', delaySeconds: 10, attempts: 3 },
    });
    scene.receiver.answer = () => 302;
    await scene.happen('a');
    await scene.clock.advance(HOUR);
    const [first = 0, ...others] = scene.receiver.attempts.map(({ at }) => at);
    expect(others.map((at) => Math.round((at - first) / 15_000))).toEqual([1, 2, 4]);
    expect(await scene.deliveries(webhook.id)).toMatchObject([
      { status: 'dead', error: 'It answered 302: redirects are not followed.' },
    ]);
  });

  it('without an answer is given up at the deadline, and tried again', async () => {
    const { webhook } = await scene.subscribe();
    scene.receiver.answer = () => (scene.receiver.attempts.length === 1 ? 'hang' : 204);
    await scene.happen('a');
    await scene.clock.advance(15 * SECOND);
    expect(await scene.deliveries(webhook.id)).toMatchObject([
      { attempts: 1, error: 'There was no answer within 15 s.', responseStatus: null },
    ]);
    await scene.clock.advance(6 * SECOND);
    expect(scene.receiver.seqs()).toEqual([1]);
  });

  it('is left alone for as long as Retry-After says, with all others of its endpoint', async () => {
    await scene.subscribe();
    const start = scene.clock.now();
    scene.receiver.answer = ({ at }) =>
      at < start + 90 * SECOND ? { status: 429, retryAfter: '100', error: null } : 204;
    await scene.happen('a');
    await scene.clock.advance(SECOND);
    await scene.happen('b');
    await scene.clock.advance(98 * SECOND);
    expect(scene.receiver.attempts).toHaveLength(1);
    await scene.clock.advance(5 * SECOND);
    expect(scene.receiver.seqs()).toEqual([1, 2]);
  });
});

describe('a process that is killed', () => {
  it('loses no delivery, and repeats none that was written as delivered', async () => {
    await scene.subscribe();
    scene.receiver.answer = ({ seq }) => (seq === 2 ? 'hang' : 204);
    await scene.happen('a', 'a', 'b');
    await scene.clock.advance(SECOND);
    await scene.boot();
    scene.receiver.answer = () => 204;
    await scene.happen('a');
    await scene.clock.advance(SECOND);
    expect(scene.receiver.seqs('a')).toEqual([1, 2, 4]);
    expect(scene.receiver.seqs('b')).toEqual([3]);
    expectEachOnce(scene.receiver);
  });

  it('between the acceptance and its writing sends once more, under the same id', async () => {
    await scene.subscribe();
    let accepted = (_: number): void => {};
    scene.receiver.answer = () =>
      new Promise((resolve) => {
        accepted = resolve;
      });
    await scene.happen('a');
    await scene.clock.advance(SECOND);
    await scene.boot();
    accepted(204);
    scene.receiver.answer = () => 204;
    await scene.clock.until(() => scene.receiver.accepted.length === 2);
    const [first, second] = scene.receiver.accepted;
    expect(second?.id).toBe(first?.id);
  });

  it('between the fact and its planning loses nothing either, also when the fact is pruned first', async () => {
    await scene.subscribe();
    await scene.webhooks.close();
    await scene.happen('a', 'a');
    await scene.store.facts.prune(0, 0);
    await scene.boot();
    await scene.clock.advance(SECOND);
    expect(scene.receiver.seqs()).toEqual([1, 2]);
  });

  it('in its right order lets attempts in flight end, and begins no other', async () => {
    await scene.subscribe();
    let release = (_: number): void => {};
    scene.receiver.answer = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    await scene.happen('a', 'a');
    await scene.clock.advance(SECOND);
    const closed = scene.webhooks.close();
    release(204);
    await closed;
    expect(scene.receiver.attempts).toHaveLength(1);
    const [webhook] = await scene.store.webhooks.load();
    expect(await scene.store.webhooks.get(webhook?.webhook.id ?? '', 1)).toMatchObject({
      status: 'delivered',
    });
    expect(await scene.store.webhooks.get(webhook?.webhook.id ?? '', 2)).toMatchObject({ status: 'pending' });
  });

  it('in its right order cuts attempts that do not end, and does them again later', async () => {
    await scene.subscribe();
    scene.receiver.answer = () => 'hang';
    await scene.happen('a');
    await scene.clock.advance(SECOND);
    let isClosed = false;
    void scene.webhooks.close().then(() => {
      isClosed = true;
    });
    expect(await scene.clock.until(() => isClosed)).toBe(2000);
    await scene.boot();
    scene.receiver.answer = () => 204;
    await scene.clock.advance(SECOND);
    expect(scene.receiver.accepted).toMatchObject([{ seq: 1 }]);
  });
});
