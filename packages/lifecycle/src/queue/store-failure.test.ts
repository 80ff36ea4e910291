/** A store that fails: nothing is accepted that is not durable, nothing is sent that is not journaled, nothing is lost. */
import { describe, expect, it } from 'vitest';
import { QueueScene } from './queue-scene.fixture.js';

const failing =
  (...methods: string[]) =>
  (method: string) =>
    methods.length === 0 || methods.includes(method) ? ('fail' as const) : undefined;
const healthy = () => undefined;

describe('while the store fails', () => {
  it('a send is refused with STORE_UNAVAILABLE, and somebody is told', async () => {
    const scene = await QueueScene.ready();
    scene.storeFault = failing();
    const receipt = await scene.accept('a', { waitMs: 10_000 });
    expect(receipt).toMatchObject({
      status: 'failed',
      errorCode: 'STORE_UNAVAILABLE',
      queueId: null,
      queueDepth: 0,
    });
    expect(scene.storeErrors).toHaveLength(1);
    expect(scene.items).toEqual([]);
  });

  it('nothing is sent, because no attempt can be journaled', async () => {
    const scene = await QueueScene.open();
    await scene.acceptAll('a', 'b');
    scene.storeFault = failing('change');
    await scene.becomeReady();
    await scene.clock.advance(600_000);
    expect(scene.sends).toEqual([]);
    expect(scene.items.map(({ status, attemptCount }) => [status, attemptCount])).toEqual([
      ['queued', 0],
      ['queued', 0],
    ]);
  });

  it('it is tried again after growing waits, not hammered', async () => {
    const scene = await QueueScene.open();
    await scene.accept('a');
    scene.storeFault = failing('head');
    await scene.becomeReady();
    await scene.clock.advance(600_000);
    expect(scene.storeErrors.length).toBeGreaterThan(10);
    expect(scene.storeErrors.length).toBeLessThan(100);
  });
});

describe('when the store is back', () => {
  it('the pump goes on by itself', async () => {
    const scene = await QueueScene.open();
    await scene.acceptAll('a', 'b');
    scene.storeFault = failing();
    await scene.becomeReady();
    await scene.clock.advance(60_000);
    scene.storeFault = healthy;
    await scene.untilIdle(60_000);
    expect(scene.delivered).toEqual(['a', 'b']);
  });

  it('a send that is accepted ends the pump’s wait', async () => {
    const scene = await QueueScene.open();
    await scene.accept('a');
    scene.storeFault = failing();
    await scene.becomeReady();
    await scene.clock.advance(600_000);
    scene.storeFault = healthy;
    await scene.accept('b');
    await scene.clock.advance(0);
    expect(scene.sends.map(({ text }) => text)).toEqual(['a']);
  });

  it('a settlement that could not be written is written, and the message is not sent twice', async () => {
    const scene = await QueueScene.ready();
    await scene.acceptAll('a', 'b');
    await scene.clock.until(() => scene.sends.length === 1);
    scene.storeFault = failing();
    await scene.clock.advance(60_000);
    expect(scene.items[0]?.status).toBe('sending');
    expect(scene.sends).toHaveLength(1);
    scene.storeFault = healthy;
    await scene.untilIdle();
    expect(scene.sends.map(({ text }) => text)).toEqual(['a', 'b']);
    expect(scene.factTypes()).toEqual(['message.queued', 'message.queued', 'message.sent', 'message.sent']);
  });

  it('a refusal that could not be written is written, without asking WhatsApp again', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', { refused: 'MEDIA_TOO_LARGE' });
    await scene.acceptAll('a');
    await scene.clock.until(() => scene.sends.length === 1);
    scene.storeFault = failing();
    await scene.clock.advance(60_000);
    scene.storeFault = healthy;
    await scene.untilIdle();
    expect(scene.sends).toHaveLength(1);
    expect(scene.items[0]).toMatchObject({ status: 'failed', errorCode: 'MEDIA_TOO_LARGE', attemptCount: 1 });
  });

  it('a settlement is written also when the instance is not ready any more', async () => {
    const scene = await QueueScene.ready();
    await scene.acceptAll('a');
    await scene.clock.until(() => scene.sends.length === 1);
    scene.storeFault = failing();
    await scene.clock.advance(1_000);
    await scene.closeGeneration();
    scene.storeFault = healthy;
    await scene.clock.advance(60_000);
    expect(scene.items[0]?.status).toBe('sent');
  });

  it('a late acknowledgement that could not be written is written', async () => {
    const scene = await QueueScene.ready({ ackTimeoutMs: 1_000 });
    scene.faults.next('ack', 'withhold');
    await scene.accept('a');
    await scene.untilIdle();
    scene.storeFault = failing();
    scene.whatsapp.browser('shop').releaseAcks();
    await scene.clock.advance(60_000);
    expect(scene.items[0]?.status).toBe('uncertain');
    scene.storeFault = healthy;
    await scene.clock.advance(60_000);
    expect(scene.items[0]?.status).toBe('sent');
  });

  it('what expired meanwhile is ended', async () => {
    const scene = await QueueScene.open();
    await scene.accept('a', { ttlMs: 1_000 });
    scene.storeFault = failing();
    await scene.clock.advance(60_000);
    scene.storeFault = healthy;
    await scene.clock.advance(300_000);
    expect(scene.items[0]?.status).toBe('expired');
  });
});

describe('facts', () => {
  it('are told after the commit, in its order', async () => {
    const scene = await QueueScene.ready();
    await Promise.all([...'abcdef'].map((words) => scene.accept(words)));
    await scene.untilIdle();
    expect(scene.facts.map(({ number }) => number)).toEqual(scene.facts.map((_fact, index) => index + 1));
  });
});
