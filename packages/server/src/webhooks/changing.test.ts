/** Webhooks that are changed while something else happens to them. */
import type { Store } from '@wakeeper/lifecycle';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebhookScene } from './webhook-scene.fixture.js';

const SECOND = 1000;

let scene: WebhookScene;
/** How a webhook stands is written at once, and heard of only when this resolves. */
let heardOf: Promise<void>;
const slow = (store: Store): Store => ({
  ...store,
  webhooks: {
    ...store.webhooks,
    stand: async (...change) => {
      const written = await store.webhooks.stand(...change);
      await heardOf;
      return written;
    },
  },
});

beforeEach(async () => {
  heardOf = Promise.resolve();
  scene = await WebhookScene.open({}, slow);
});
afterEach(() => scene.close());

describe('a webhook that is changed', () => {
  it('by two at a time has the changes of both, after a restart too', async () => {
    const { webhook } = await scene.subscribe();
    const [{ webhook: rotated }] = await Promise.all([
      scene.webhooks.rotateSecret(webhook.id, 0),
      scene.webhooks.update(webhook.id, { description: 'Shop' }),
    ]);
    expect(rotated.secrets).not.toEqual(webhook.secrets);
    const both = { description: 'Shop', secrets: rotated.secrets };
    expect((await scene.webhooks.get(webhook.id)).webhook).toMatchObject(both);
    await scene.boot();
    expect((await scene.webhooks.get(webhook.id)).webhook).toMatchObject(both);
  });

  it('in vain, because the store is away, is what it was, and can be changed afterwards', async () => {
    const { webhook } = await scene.subscribe();
    const { save } = scene.store.webhooks;
    scene.store.webhooks.save = () => Promise.reject(new Error('The disk is full.'));
    await expect(scene.webhooks.update(webhook.id, { description: 'Lost' })).rejects.toThrow('disk');
    scene.store.webhooks.save = save;
    await scene.webhooks.update(webhook.id, { events: ['message.*'] });
    expect((await scene.webhooks.get(webhook.id)).webhook).toEqual({ ...webhook, events: ['message.*'] });
  });
});

describe('a webhook with an attempt in flight', () => {
  it.each([
    ['disabled', false],
    ['enabled again', true],
  ])('that is %s while the attempt ends stays so, after a restart too', async (_, enabled) => {
    const { webhook } = await scene.subscribe();
    let release = (_status: number): void => {};
    scene.receiver.answer = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    await scene.happen('shop');
    await scene.clock.advance(SECOND);
    if (enabled) await scene.webhooks.setEnabled(webhook.id, false);
    let tell = (): void => {};
    heardOf = new Promise((resolve) => {
      tell = resolve;
    });
    const changed = scene.webhooks.setEnabled(webhook.id, enabled);
    release(204);
    await scene.clock.advance(SECOND);
    tell();
    expect((await changed).standing.enabled).toBe(enabled);
    await scene.boot();
    expect((await scene.webhooks.get(webhook.id)).standing.enabled).toBe(enabled);
  });
});
