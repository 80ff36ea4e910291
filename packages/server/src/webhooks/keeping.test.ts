import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepEnvironmentWebhook } from './environment-webhook.js';
import { newSecret } from './signature.js';
import { WebhookScene } from './webhook-scene.fixture.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let scene: WebhookScene;
beforeEach(async () => {
  scene = await WebhookScene.open({ maxBacklog: 5 });
});
afterEach(() => scene.close());

const statuses = async (id: string) =>
  (await scene.deliveries(id)).map(({ fact, status }) => [fact.number, status]);
const all = { statuses: ['delivered', 'dead'] } as const;

describe('deliveries', () => {
  it('are kept for a week after they were delivered or died, and listed newest first in pages', async () => {
    const { webhook } = await scene.subscribe({
      retries: { policy: 'constant', delaySeconds: 1, attempts: 0 },
    });
    scene.receiver.answer = ({ seq }) => (seq === 2 ? 500 : 204);
    await scene.happen('a', 'b', 'c');
    await scene.clock.advance(6 * DAY);
    const { items, nextCursor } = await scene.webhooks.deliveries(webhook.id, { limit: 2 });
    expect(items.map(({ fact }) => fact.number)).toEqual([3, 2]);
    expect(nextCursor).toBe('2');
    const dead = await scene.webhooks.deliveries(webhook.id, { status: ['dead'] });
    expect(dead.items.map(({ fact }) => fact.number)).toEqual([2]);
    await scene.clock.advance(1.1 * DAY);
    expect(await statuses(webhook.id)).toEqual([]);
  });

  it('are removed by a server that is started again and again, and never lives for ten minutes', async () => {
    const { webhook } = await scene.subscribe();
    await scene.happen('a');
    await scene.clock.advance(7 * DAY - 15 * MINUTE);
    for (let life = 0; life < 3; life++) {
      await scene.boot();
      await scene.clock.advance(9 * MINUTE);
    }
    expect(await statuses(webhook.id)).toEqual([]);
  });

  it('that are too many to wait become dead letters, the oldest first, and the log says so', async () => {
    const { webhook } = await scene.subscribe();
    await scene.webhooks.setEnabled(webhook.id, false);
    await scene.webhooks.setEnabled(webhook.id, true);
    scene.receiver.answer = () => 'hang';
    await scene.happen('a', 'a', 'a', 'a', 'a', 'a', 'a');
    await scene.clock.advance(SECOND);
    scene.receiver.answer = () => ({ status: 503, retryAfter: '3600', error: null });
    await scene.clock.advance(11 * MINUTE);
    expect(scene.logged).toContain('deliveries were given up: too many were waiting');
    expect((await statuses(webhook.id)).slice(0, 3)).toEqual([
      [1, 'dead'],
      [2, 'dead'],
      [3, 'pending'],
    ]);
  });

  it('are sent again one by one, under the same id, whatever became of them', async () => {
    const { webhook } = await scene.subscribe({
      retries: { policy: 'constant', delaySeconds: 1, attempts: 0 },
    });
    scene.receiver.answer = () => 400;
    await scene.happen('a', 'a');
    await scene.clock.advance(MINUTE);
    scene.receiver.answer = () => 204;
    await scene.webhooks.redeliver(webhook.id, `${webhook.id}_2`);
    await scene.clock.advance(SECOND);
    expect(await statuses(webhook.id)).toEqual([
      [1, 'dead'],
      [2, 'delivered'],
    ]);
    await scene.webhooks.redeliver(webhook.id, `${webhook.id}_2`);
    await scene.clock.advance(SECOND);
    expect(scene.receiver.accepted.map(({ id }) => id)).toEqual([`${webhook.id}_2`, `${webhook.id}_2`]);
    await expect(scene.webhooks.redeliver(webhook.id, `${webhook.id}_9`)).rejects.toMatchObject({
      code: 'DELIVERY_NOT_FOUND',
    });
  });

  it('of a time are sent again in order of each instance, beside what is new', async () => {
    const { webhook } = await scene.subscribe();
    await scene.happen('a');
    await scene.clock.advance(HOUR);
    const from = scene.clock.now();
    await scene.happen('a', 'b', 'a', 'a');
    await scene.clock.advance(HOUR);
    scene.receiver.accepted.length = 0;
    scene.receiver.answer = async ({ seq }) => {
      if (seq === 2) await new Promise<void>((resolve) => scene.clock.setTimeout(() => resolve(), 100));
      return 204;
    };
    expect(await scene.webhooks.redeliverRange(webhook.id, { from, to: scene.clock.now(), ...all })).toBe(4);
    await scene.happen('a');
    await scene.clock.advance(SECOND);
    expect(scene.receiver.seqs('a').filter((seq) => seq < 6)).toEqual([2, 4, 5]);
    expect(scene.receiver.seqs().toSorted()).toEqual([2, 3, 4, 5, 6]);
  });

  it('of a time when the webhook was disabled are made up for', async () => {
    const { webhook } = await scene.subscribe();
    await scene.webhooks.setEnabled(webhook.id, false);
    const from = scene.clock.now();
    await scene.happen('a', 'a');
    await scene.clock.advance(MINUTE);
    await scene.webhooks.setEnabled(webhook.id, true);
    expect(scene.receiver.attempts).toEqual([]);
    expect(await scene.webhooks.redeliverRange(webhook.id, { from, to: scene.clock.now(), ...all })).toBe(2);
    await scene.clock.advance(SECOND);
    expect(scene.receiver.seqs()).toEqual([1, 2]);
  });
});

describe('a secret', () => {
  it('that is rotated signs beside the new one until the overlap is over', async () => {
    const { webhook } = await scene.subscribe();
    const former = scene.receiver.secret;
    const { webhook: rotated } = await scene.webhooks.rotateSecret(webhook.id, HOUR);
    const fresh = rotated.secrets[0]?.secret ?? '';
    expect(fresh).not.toBe(former);
    // The receiver verifies with the former secret, and nothing arrives that does not pass.
    await scene.happen('a');
    await scene.clock.advance(MINUTE);
    expect(scene.receiver.seqs()).toEqual([1]);
    const { headers } = scene.receiver.accepted[0] ?? {};
    expect(headers?.['webhook-signature']?.split(' ')).toHaveLength(2);
    scene.receiver.secret = fresh;
    await scene.happen('a');
    await scene.clock.advance(HOUR);
    await scene.happen('a');
    await scene.clock.advance(MINUTE);
    expect(scene.receiver.seqs()).toEqual([1, 2, 3]);
    expect(scene.receiver.accepted[2]?.headers['webhook-signature']?.split(' ')).toHaveLength(1);
    expect(new Webhook(former)).not.toEqual(new Webhook(fresh));
  });
});

describe('a ping', () => {
  it('goes out at once, also of a webhook that is disabled, and changes nothing', async () => {
    const { webhook } = await scene.subscribe();
    await scene.webhooks.setEnabled(webhook.id, false);
    expect(await scene.webhooks.ping(webhook.id)).toMatchObject({ status: 204, error: null });
    scene.receiver.answer = () => 500;
    expect(await scene.webhooks.ping(webhook.id)).toMatchObject({ status: 500 });
    expect(scene.receiver.attempts.map(({ type }) => type)).toEqual(['webhook.ping', 'webhook.ping']);
    expect(scene.receiver.attempts[0]?.id).not.toBe(scene.receiver.attempts[1]?.id);
    expect(await statuses(webhook.id)).toEqual([]);
    expect((await scene.webhooks.get(webhook.id)).standing.failures).toBe(0);
  });
});

describe('the webhook of the environment', () => {
  const secret = newSecret();
  const wanted = { url: 'https://example.org/hook', events: ['message.*'], secrets: [secret] };

  it('is made once, keeps its id, and follows the environment', async () => {
    await keepEnvironmentWebhook(scene.webhooks, null);
    expect(await scene.webhooks.list()).toEqual([]);
    await keepEnvironmentWebhook(scene.webhooks, wanted);
    const [made] = await scene.webhooks.list();
    const newer = newSecret();
    await keepEnvironmentWebhook(scene.webhooks, { ...wanted, events: ['*'], secrets: [newer, secret] });
    const [kept, ...others] = await scene.webhooks.list();
    expect(others).toEqual([]);
    expect(kept?.webhook).toMatchObject({ id: made?.webhook.id, events: ['*'], source: 'environment' });
    expect(kept?.webhook.secrets.map((each) => each.secret)).toEqual([newer, secret]);
  });

  it('is disabled when it is not asked for any more, and goes on where it is again', async () => {
    await keepEnvironmentWebhook(scene.webhooks, wanted);
    scene.receiver.secret = secret;
    await keepEnvironmentWebhook(scene.webhooks, null);
    await scene.happen('a');
    await scene.clock.advance(MINUTE);
    expect((await scene.webhooks.list())[0]?.standing).toMatchObject({ enabled: false });
    await keepEnvironmentWebhook(scene.webhooks, wanted);
    await scene.happen('a');
    await scene.clock.advance(MINUTE);
    expect(scene.receiver.seqs()).toEqual([2]);
    expect(scene.alerts()).toEqual([]);
  });

  it('that a person has disabled stays so', async () => {
    await keepEnvironmentWebhook(scene.webhooks, wanted);
    const [made] = await scene.webhooks.list();
    await scene.webhooks.setEnabled(made?.webhook.id ?? '', false);
    await keepEnvironmentWebhook(scene.webhooks, wanted);
    expect((await scene.webhooks.list())[0]?.standing.enabled).toBe(false);
  });
});
