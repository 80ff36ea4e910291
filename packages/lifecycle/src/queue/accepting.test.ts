/** What a sender is told, and what stands in the store by then. */
import { describe, expect, it } from 'vitest';
import { isLifecycleError } from '../domain/errors.js';
import { QueueScene, text } from './queue-scene.fixture.js';

describe('a send to a ready instance with nothing ahead', () => {
  it('answers with the outcome: sent, the message id, and no item left', async () => {
    const scene = await QueueScene.ready();
    const receipt = scene.accept('hello', { waitMs: 10_000 });
    await scene.clock.advance(1_000);
    expect(await receipt).toEqual({
      status: 'sent',
      instanceState: 'ready',
      queueDepth: 0,
      messageId: expect.stringMatching(/^true_4915112345678@c\.us_3EB0/),
      queueId: 'item-0001',
      error: null,
      errorCode: null,
    });
    expect(scene.delivered).toEqual(['hello']);
  });

  it('is sent by an acknowledgement of WhatsApp’s server, not by a page that took it', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    const { queueId } = await scene.accept('hello');
    await scene.clock.advance(5_000);
    expect(scene.sends[0]?.report).toMatchObject({ outcome: 'added', ack: 0 });
    expect(scene.item(queueId).status).toBe('sending');
    scene.whatsapp.browser('shop').releaseAcks();
    await scene.clock.advance(0);
    expect(scene.item(queueId)).toMatchObject({ status: 'sent', ack: 1, messageId: expect.any(String) });
  });

  it('answers failed with WhatsApp’s code when WhatsApp refuses', async () => {
    const scene = await QueueScene.ready();
    const receipt = scene.accept(text('hello', '9991234567@c.us'), { waitMs: 10_000 });
    await scene.clock.advance(1_000);
    expect(await receipt).toMatchObject({
      status: 'failed',
      errorCode: 'RECIPIENT_NOT_FOUND',
      queueDepth: 0,
      queueId: 'item-0001',
    });
  });

  it('answers queued when the wait ends first, and is sent later', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    const receipt = scene.accept('hello', { waitMs: 10_000 });
    await scene.clock.advance(10_000);
    expect(await receipt).toMatchObject({ status: 'queued', queueDepth: 1, errorCode: null });
    scene.whatsapp.browser('shop').releaseAcks();
    await scene.untilIdle();
    expect(scene.items.map(({ status }) => status)).toEqual(['sent']);
  });

  it('answers queued at once when asked not to wait', async () => {
    const scene = await QueueScene.ready();
    expect(await scene.accept('hello', { waitMs: 0 })).toMatchObject({ status: 'queued', queueDepth: 1 });
  });

  it('answers queued and UNCERTAIN when nobody can know: failed would make callers send again', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', 'lostCall').next('findSent', { reject: 'PAGE_CRASHED' }, 5);
    const receipt = scene.accept('hello', { waitMs: 60_000 });
    await scene.clock.advance(60_000);
    expect(await receipt).toMatchObject({ status: 'queued', errorCode: 'UNCERTAIN', queueDepth: 0 });
  });
});

describe('a send that has to wait', () => {
  it('answers queued at once when something is ahead', async () => {
    const scene = await QueueScene.ready();
    await scene.accept('first');
    const receipt = await scene.accept('second', { waitMs: 10_000 });
    expect(receipt).toMatchObject({ status: 'queued', queueDepth: 2, messageId: null, errorCode: null });
  });

  it('answers queued at once when the instance is not ready, and is flushed when it is', async () => {
    const scene = await QueueScene.open();
    const receipt = await scene.accept('hello', { waitMs: 10_000 });
    expect(receipt).toMatchObject({ status: 'queued', instanceState: 'connecting', queueDepth: 1 });
    await scene.clock.advance(60_000);
    expect(scene.sends).toEqual([]);
    await scene.becomeReady();
    await scene.untilIdle();
    expect(scene.delivered).toEqual(['hello']);
  });

  it('is on disk when the receipt is written, and survives a killed process', async () => {
    const scene = await QueueScene.open();
    const { queueId } = await scene.accept('hello', { metadata: { order: 7 } });
    expect(scene.item(queueId)).toMatchObject({ status: 'queued', metadata: { order: 7 }, attemptCount: 0 });
    await scene.restart();
    expect(scene.queue.depth).toBe(1);
    await scene.becomeReady();
    await scene.untilIdle();
    expect(scene.delivered).toEqual(['hello']);
  });

  it('is told to the world with its metadata, in the same commit', async () => {
    const scene = await QueueScene.ready();
    await scene.accept('hello', { metadata: { order: 7 } });
    await scene.untilIdle();
    expect(scene.facts.map(({ type, body }) => [type, body])).toEqual([
      ['message.queued', expect.objectContaining({ status: 'queued', metadata: { order: 7 }, ack: null })],
      ['message.sent', expect.objectContaining({ status: 'sent', metadata: { order: 7 }, ack: 1 })],
    ]);
    expect(scene.data.facts).toEqual(scene.facts);
  });
});

describe('a full queue', () => {
  it('refuses with QUEUE_FULL, has no item, and says when to come back', async () => {
    const scene = await QueueScene.open({ maxQueueSize: 2 });
    await scene.acceptAll('a', 'b');
    const receipt = await scene.accept('c');
    expect(receipt).toMatchObject({
      status: 'failed',
      errorCode: 'QUEUE_FULL',
      queueId: null,
      queueDepth: 2,
    });
    expect(scene.queue.retryAfterMs).toBeGreaterThanOrEqual(1_000);
    expect(scene.items).toHaveLength(2);
  });

  it('counts queued and sending only: what is settled or parked leaves its place', async () => {
    const scene = await QueueScene.ready({ maxQueueSize: 1 });
    scene.faults.next('send', 'lostAnswer');
    await scene.accept('parked');
    scene.whatsapp.forgetHistory('shop');
    await scene.clock.until(() => scene.sends[0]?.report?.outcome === 'unknown');
    expect(await scene.accept('second')).toMatchObject({ errorCode: 'QUEUE_FULL' });
    await scene.restart();
    scene.whatsapp.forgetHistory('shop');
    await scene.becomeReady();
    await scene.untilIdle();
    expect(scene.items.map(({ status }) => status)).toEqual(['uncertain']);
    expect(await scene.accept('second')).toMatchObject({ status: 'queued', queueDepth: 1 });
  });

  it('makes room by ending what has expired while nothing could be sent', async () => {
    const scene = await QueueScene.open({ maxQueueSize: 1 });
    await scene.accept('late', { ttlMs: 1_000 });
    scene.clock.jump(2_000);
    expect(await scene.accept('next')).toMatchObject({ status: 'queued', queueDepth: 1 });
    expect(scene.items.map(({ status }) => status)).toEqual(['expired', 'queued']);
  });
});

describe('an idempotency key', () => {
  const again = { idempotencyKey: 'order-7' };

  it('answers a repeat with the item’s present receipt, and nothing is sent twice', async () => {
    const scene = await QueueScene.ready();
    const first = await scene.accept('hello', again);
    expect(await scene.accept('hello', again)).toEqual(first);
    await scene.untilIdle();
    expect(await scene.accept('hello', { ...again, waitMs: 10_000 })).toMatchObject({
      status: 'sent',
      queueId: first.queueId,
      messageId: expect.any(String),
    });
    expect(scene.delivered).toEqual(['hello']);
    expect(scene.factTypes().filter((type) => type === 'message.queued')).toHaveLength(1);
  });

  it('takes a body for the same in whatever order its fields are written', async () => {
    const scene = await QueueScene.open();
    const location = { latitude: 52.5, longitude: 13.4 };
    const turned = { longitude: 13.4, latitude: 52.5 };
    const first = await scene.accept({ type: 'message', payload: { to: '49151@c.us', location } }, again);
    const second = await scene.accept(
      { type: 'message', payload: { location: turned, to: '49151@c.us' } },
      again,
    );
    expect(second.queueId).toBe(first.queueId);
  });

  it.each([
    ['another text', 'bye', {}],
    ['other metadata', 'hello', { metadata: { order: 8 } }],
    ['another time to live', 'hello', { ttlMs: 5_000 }],
  ])('is refused with %s', async (_what, words, options) => {
    const scene = await QueueScene.open();
    await scene.accept('hello', again);
    await expect(scene.accept(words, { ...again, ...options })).rejects.toSatisfy((error) =>
      isLifecycleError(error, 'IDEMPOTENCY_MISMATCH'),
    );
    expect(scene.items).toHaveLength(1);
  });

  it('does not remember refusals', async () => {
    const scene = await QueueScene.ready({ maxQueueSize: 1 });
    await scene.accept('first');
    expect(await scene.accept('hello', again)).toMatchObject({ errorCode: 'QUEUE_FULL' });
    await scene.untilIdle();
    expect(await scene.accept('hello', again)).toMatchObject({ status: 'queued', errorCode: null });
  });

  it('is kept for seven days and until the item has settled', async () => {
    const scene = await QueueScene.open({ messageTtlMs: 30 * 86_400_000 });
    const first = await scene.accept('hello', again);
    scene.clock.jump(8 * 86_400_000);
    expect((await scene.accept('hello', again)).queueId).toBe(first.queueId);
    await scene.becomeReady();
    await scene.untilIdle();
    expect((await scene.accept('hello', again)).queueId).not.toBe(first.queueId);
  });

  it('of a send that would be refused cannot be looked up without the store: that is the answer then', async () => {
    const scene = await QueueScene.open();
    scene.storeFault = () => 'fail';
    const options = { metadata: null, waitMs: 0, ...again };
    expect(await scene.queue.repeated(text('hello'), options, () => 'needs_qr')).toMatchObject({
      status: 'failed',
      errorCode: 'STORE_UNAVAILABLE',
    });
  });

  it('finds its receipt also where a new send would be refused, and takes nothing new there', async () => {
    const scene = await QueueScene.ready();
    const { queueId } = await scene.accept('hello', again);
    await scene.untilIdle();
    const options = { metadata: null, waitMs: 0 };
    const state = () => 'needs_qr' as const;
    expect(await scene.queue.repeated(text('hello'), { ...options, ...again }, state)).toMatchObject({
      status: 'sent',
      queueId,
      instanceState: 'needs_qr',
    });
    expect(
      await scene.queue.repeated(text('new'), { ...options, idempotencyKey: 'other' }, state),
    ).toBeNull();
    expect(await scene.queue.repeated(text('new'), options, state)).toBeNull();
    expect(scene.items).toHaveLength(1);
  });
});

describe('a refusal by state', () => {
  it('is a failed receipt with the code, the state and the depth', async () => {
    const scene = await QueueScene.open();
    await scene.accept('before');
    expect(scene.queue.refused('NEEDS_QR', 'Scan the code first.', 'needs_qr')).toEqual({
      status: 'failed',
      instanceState: 'needs_qr',
      queueDepth: 1,
      messageId: null,
      queueId: null,
      error: 'Scan the code first.',
      errorCode: 'NEEDS_QR',
    });
  });
});
