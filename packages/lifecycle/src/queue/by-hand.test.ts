/** What people do with a queue: look at it, cancel, say what became of an uncertain item. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../domain/errors.js';
import { isLifecycleError } from '../domain/errors.js';
import { INSTANCE, QueueScene } from './queue-scene.fixture.js';

const refusedWith = (code: ErrorCode, status?: string) => (error: unknown) =>
  isLifecycleError(error, code) && (status === undefined || error.details.status === status);

/** A ready instance with one item that is uncertain: its acknowledgement did not come in time. */
async function withUncertainItem(options = {}): Promise<QueueScene> {
  const scene = await QueueScene.ready({ ackTimeoutMs: 1_000, ...options });
  scene.faults.next('ack', 'withhold');
  await scene.accept('a');
  await scene.untilIdle();
  expect(scene.items[0]?.status).toBe('uncertain');
  return scene;
}

describe('looking at a queue', () => {
  it('shows its items in the order of acceptance, page by page', async () => {
    const scene = await QueueScene.open();
    const ids = await scene.acceptAll('a', 'b', 'c');
    const first = await scene.queue.list({ limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const second = await scene.queue.list({ limit: 2, cursor: first.nextCursor ?? '' });
    expect(second.items.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second.nextCursor).toBeNull();
  });

  it('shows only the statuses that are asked for', async () => {
    const scene = await withUncertainItem();
    expect((await scene.queue.list({ statuses: ['queued'] })).items).toEqual([]);
    expect((await scene.queue.list({ statuses: ['uncertain'] })).items).toHaveLength(1);
  });

  it.each([{ limit: 0 }, { limit: 501 }, { cursor: 'x' }])('refuses %o', async (query) => {
    const scene = await QueueScene.open();
    await expect(scene.queue.list(query)).rejects.toSatisfy(refusedWith('INVALID_INPUT'));
  });

  it('finds one item, and says when there is none', async () => {
    const scene = await QueueScene.open();
    const [id = ''] = await scene.acceptAll('a');
    expect(await scene.queue.get(id)).toEqual(scene.item(id));
    await expect(scene.queue.get('other')).rejects.toSatisfy(refusedWith('QUEUE_ITEM_NOT_FOUND'));
  });
});

describe('cancelling', () => {
  it('ends a queued item, and the line passes it', async () => {
    const scene = await QueueScene.open();
    const [a = '', b = ''] = await scene.acceptAll('a', 'b');
    expect(await scene.queue.cancel(a)).toMatchObject({ id: a, status: 'cancelled', errorCode: 'CANCELLED' });
    expect(scene.queue.depth).toBe(1);
    expect(scene.factTypes()).toContain('message.cancelled');
    await scene.becomeReady();
    await scene.untilIdle();
    expect(scene.delivered).toEqual(['b']);
    expect(scene.item(b).status).toBe('sent');
  });

  it('ends an uncertain item', async () => {
    const scene = await withUncertainItem();
    expect(await scene.queue.cancel('item-0001')).toMatchObject({ status: 'cancelled' });
    expect(scene.queue.depth).toBe(0);
  });

  it('cannot call back what is being sent, and says so', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    const [id = ''] = await scene.acceptAll('a');
    await scene.clock.advance(100);
    await expect(scene.queue.cancel(id)).rejects.toSatisfy(refusedWith('QUEUE_ITEM_SETTLED', 'sending'));
  });

  it('is refused for what is settled or not there', async () => {
    const scene = await QueueScene.ready();
    const [id = ''] = await scene.acceptAll('a');
    await scene.untilIdle();
    await expect(scene.queue.cancel(id)).rejects.toSatisfy(refusedWith('QUEUE_ITEM_SETTLED', 'sent'));
    await expect(scene.queue.cancel('other')).rejects.toSatisfy(refusedWith('QUEUE_ITEM_NOT_FOUND'));
  });

  it('answers a sender who waits', async () => {
    const scene = await QueueScene.ready();
    await scene.accept('first');
    await scene.untilIdle();
    const receipt = scene.accept('second', { waitMs: 10_000 });
    await scene.clock.advance(0);
    await scene.queue.cancel('item-0002');
    expect(await receipt).toMatchObject({ status: 'failed', errorCode: 'CANCELLED', queueDepth: 0 });
  });
});

describe('a person’s word on an uncertain item', () => {
  it('settles it as sent', async () => {
    const scene = await withUncertainItem();
    expect(await scene.queue.resolve('item-0001', 'sent')).toMatchObject({
      status: 'sent',
      error: null,
      errorCode: null,
    });
    expect(scene.factTypes().at(-1)).toBe('message.sent');
  });

  it('settles it as failed', async () => {
    const scene = await withUncertainItem();
    expect(await scene.queue.resolve('item-0001', 'failed')).toMatchObject({
      status: 'failed',
      settledAt: expect.any(Number),
    });
    expect(scene.factTypes().at(-1)).toBe('message.failed');
  });

  it('sends it again, before what is younger, with the same key and all attempts of a new one', async () => {
    const scene = await withUncertainItem();
    scene.loseReady();
    await scene.acceptAll('b');
    expect(await scene.queue.resolve('item-0001', 'resend')).toMatchObject({
      status: 'queued',
      attemptCount: 0,
    });
    expect(scene.queue.depth).toBe(2);
    scene.whatsapp.forgetHistory(INSTANCE);
    scene.regainReady();
    await scene.untilIdle();
    expect(scene.sends.map(({ text }) => text)).toEqual(['a', 'a', 'b']);
    expect(scene.sends[1]?.key).toBe(scene.sends[0]?.key);
    expect(scene.items.map(({ status }) => status)).toEqual(['sent', 'sent']);
  });

  it('cannot send again what has expired: that has to be sent anew', async () => {
    const scene = await withUncertainItem({ messageTtlMs: 60_000 });
    scene.clock.jump(60_000);
    await expect(scene.queue.resolve('item-0001', 'resend')).rejects.toSatisfy(
      refusedWith('MESSAGE_EXPIRED'),
    );
    expect(scene.item('item-0001').status).toBe('uncertain');
  });

  it('is asked for uncertain items only', async () => {
    const scene = await QueueScene.open();
    const [id = ''] = await scene.acceptAll('a');
    await expect(scene.queue.resolve(id, 'sent')).rejects.toSatisfy(
      refusedWith('QUEUE_ITEM_SETTLED', 'queued'),
    );
  });
});

describe('late acknowledgements', () => {
  let scene: QueueScene;
  const hear = async (ack: -1 | 0 | 1 | 2 | 3) => {
    const { messageKey, messageId } = scene.item('item-0001');
    scene.queue.heardAck({ messageKey: messageKey ?? '', messageId: messageId ?? 'known-by-whatsapp', ack });
    await scene.clock.advance(0);
    return scene.item('item-0001');
  };
  beforeEach(async () => {
    scene = await withUncertainItem();
  });

  it('make an uncertain item sent', async () => {
    expect(await hear(2)).toMatchObject({ status: 'sent', ack: 2, errorCode: null });
  });

  it('with an error make an uncertain item failed', async () => {
    expect(await hear(-1)).toMatchObject({ status: 'failed', ack: -1, errorCode: 'MESSAGE_REFUSED' });
  });

  it('raise the acknowledgement of a sent item, each told once, never back', async () => {
    await hear(1);
    expect(await hear(2)).toMatchObject({ status: 'sent', ack: 2 });
    expect(await hear(2)).toMatchObject({ ack: 2 });
    expect(await hear(1)).toMatchObject({ ack: 2 });
    expect(await hear(3)).toMatchObject({ ack: 3 });
    const acks = scene.facts.filter(({ type }) => type === 'message.ack').map(({ body }) => body);
    expect(acks).toEqual([
      expect.objectContaining({ queueId: 'item-0001', ack: 2 }),
      expect.objectContaining({ queueId: 'item-0001', ack: 3 }),
    ]);
  });

  it('do not undo what a person has settled, and are told all the same', async () => {
    await scene.queue.cancel('item-0001');
    expect(await hear(1)).toMatchObject({ status: 'cancelled', ack: 1 });
    expect(scene.factTypes().at(-1)).toBe('message.ack');
  });

  it('of messages that are no item of ours are handed on', async () => {
    const stranger = { messageKey: '3EB0FF', messageId: 'true_x@c.us_3EB0FF', ack: 2 } as const;
    scene.queue.heardAck(stranger);
    await scene.clock.advance(0);
    expect(scene.foreignAcks).toEqual([stranger]);
    expect(scene.factTypes()).not.toContain('message.ack');
  });

  it('settle an item of an earlier process before the instance is ready again', async () => {
    scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    await scene.accept('a');
    await scene.clock.advance(100);
    await scene.restart();
    expect(await hear(1)).toMatchObject({ status: 'sent', ack: 1 });
    expect(scene.queue.depth).toBe(0);
  });
});

describe('an adapter that cannot choose the key', () => {
  it('is understood by the message id, and its own key is kept for later acknowledgements', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    await scene.accept('a');
    await scene.clock.until(() => scene.sends[0]?.report?.outcome === 'added');
    const messageId = `true_4915112345678@c.us_${scene.sends[0]?.key}`;
    scene.queue.heardAck({ messageKey: 'OWN-KEY', messageId, ack: 1 });
    await scene.untilIdle();
    expect(scene.items[0]).toMatchObject({ status: 'sent', messageKey: 'OWN-KEY' });
    scene.queue.heardAck({ messageKey: 'OWN-KEY', messageId, ack: 2 });
    await scene.clock.advance(0);
    expect(scene.items[0]).toMatchObject({ ack: 2 });
  });
});

describe('an acknowledgement without an id', () => {
  it('of another message settles no item, though that has no id yet either', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    await scene.accept('a');
    await scene.clock.until(() => scene.sends[0]?.report?.outcome === 'added');
    const messageKey = scene.sends[0]?.key ?? '';
    scene.queue.heardAck({ messageKey, messageId: '', ack: 0 });
    scene.queue.heardAck({ messageKey: '3EB0FF', messageId: '', ack: 1 });
    await scene.clock.advance(0);
    expect(scene.items[0]).toMatchObject({ status: 'sending', ack: null });
  });

  it('settles the item of its key, which keeps the id that it has', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    await scene.accept('a');
    await scene.clock.until(() => scene.sends[0]?.report?.outcome === 'added');
    const messageKey = scene.sends[0]?.key ?? '';
    for (const ack of [1, 2] as const) {
      scene.queue.heardAck({ messageKey, messageId: '', ack });
      await scene.untilIdle();
      await scene.clock.advance(0);
      expect(scene.items[0]).toMatchObject({
        status: 'sent',
        ack,
        messageKey,
        messageId: `true_4915112345678@c.us_${messageKey}`,
      });
    }
  });
});
