/** The end of a process, and the stop of an instance, as the queue sees them. */
import { describe, expect, it } from 'vitest';
import { INSTANCE, QueueScene } from './queue-scene.fixture.js';

const drained = (scene: QueueScene, timeoutMs = 8_000) => {
  const state = { isDone: false };
  void scene.queue.drain(timeoutMs).then(() => {
    state.isDone = true;
  });
  return state;
};

describe('draining', () => {
  it('ends at once when nothing is in flight', async () => {
    const scene = await QueueScene.ready();
    const drain = drained(scene);
    await scene.clock.advance(0);
    expect(drain.isDone).toBe(true);
  });

  it('waits for the item in flight, and begins no other', async () => {
    const scene = await QueueScene.ready({ sendIntervalMs: 0 });
    await scene.acceptAll('a', 'b');
    await scene.clock.advance(10);
    const drain = drained(scene);
    await scene.clock.advance(50);
    expect(drain.isDone).toBe(false);
    await scene.clock.advance(8_000);
    expect(drain.isDone).toBe(true);
    expect(scene.items.map(({ status }) => status)).toEqual(['sent', 'queued']);
  });

  it('waits no longer than it is told, and leaves the item to the look-up', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    await scene.accept('a');
    await scene.clock.advance(10);
    const drain = drained(scene);
    await scene.clock.advance(7_999);
    expect(drain.isDone).toBe(false);
    await scene.clock.advance(1);
    expect(drain.isDone).toBe(true);
    expect(scene.items[0]?.status).toBe('sending');
    await scene.restart();
    await scene.becomeReady();
    await scene.untilIdle();
    expect(scene.items[0]?.status).toBe('sent');
    expect(scene.delivered).toEqual(['a']);
  });

  it('does not wait for an item that only a generation to come can settle', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    await scene.accept('a');
    await scene.clock.advance(100);
    await scene.closeGeneration();
    const drain = drained(scene);
    await scene.clock.advance(0);
    expect(drain.isDone).toBe(true);
  });

  it('does not wait for the page call of an item that is settled already', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', 'hang');
    await scene.accept('a');
    await scene.clock.advance(100);
    const messageKey = scene.sends[0]?.key ?? '';
    scene.queue.heardAck({ messageKey, messageId: `true_x@c.us_${messageKey}`, ack: 1 });
    await scene.clock.advance(0);
    const drain = drained(scene);
    await scene.clock.advance(0);
    expect(drain.isDone).toBe(true);
  });

  it('goes on when the instance is started again', async () => {
    const scene = await QueueScene.ready();
    await scene.acceptAll('a', 'b');
    const drain = drained(scene);
    await scene.clock.advance(8_000);
    expect(drain.isDone).toBe(true);
    expect(scene.sends).toHaveLength(1);
    await scene.closeGeneration();
    await scene.becomeReady();
    await scene.untilIdle();
    expect(scene.delivered).toEqual(['a', 'b']);
  });

  it('answers queued to senders who wait for what will not be sent now', async () => {
    const scene = await QueueScene.ready();
    await scene.accept('a');
    await scene.untilIdle();
    const receipt = scene.accept('b', { waitMs: 10_000 });
    await scene.clock.advance(0);
    drained(scene);
    expect(await receipt).toMatchObject({ status: 'queued', queueDepth: 1 });
  });
});

describe('closing', () => {
  it('leaves no timer behind, whatever was under way', async () => {
    for (const moment of [0, 10, 45, 500]) {
      const scene = await QueueScene.ready();
      scene.faults.next('send', moment === 45 ? 'hang' : 'lostAnswer');
      const receipts = [scene.accept('a', { waitMs: 10_000 }), scene.accept('b', { ttlMs: 60_000 })];
      await scene.clock.advance(moment);
      scene.queue.close();
      await scene.driver.close({ instanceId: INSTANCE, mode: 'kill', deadlineMs: 1_000 });
      expect((await Promise.all(receipts)).map(({ status }) => status)).not.toContain('failed');
      expect(scene.clock.pending).toBe(0);
    }
  });

  it('leaves the item in flight as it is, and refuses new ones', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    await scene.accept('a');
    await scene.clock.advance(100);
    scene.queue.close();
    scene.whatsapp.browser(INSTANCE).releaseAcks();
    await scene.clock.advance(600_000);
    expect(scene.items[0]?.status).toBe('sending');
    expect(await scene.accept('b')).toMatchObject({ status: 'failed', errorCode: 'SHUTTING_DOWN' });
  });
});
