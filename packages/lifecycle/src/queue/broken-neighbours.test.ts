/** Neighbours that break their word: the queue goes on, and no rejection escapes it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QueueScene } from './queue-scene.fixture.js';

const escaped: unknown[] = [];
const note = (reason: unknown) => void escaped.push(reason);
beforeEach(() => {
  escaped.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
  expect(escaped).toEqual([]);
});

describe('a driver whose send', () => {
  it.each(['throws', 'rejects'] as const)(
    '%s has lost the answer: the item is looked up, not sent again',
    async (breach) => {
      const scene = await QueueScene.ready();
      const breaches = [breach];
      scene.sendBreach = () => breaches.pop();
      await scene.acceptAll('a', 'b');
      await scene.untilIdle();
      expect(scene.items.map(({ status }) => status)).toEqual(['uncertain', 'sent']);
    },
  );

  it('never answers holds the line until its generation is closed', async () => {
    const scene = await QueueScene.ready();
    const breaches = ['never' as const];
    scene.sendBreach = () => breaches.pop();
    await scene.acceptAll('a', 'b');
    await scene.clock.advance(600_000);
    expect(scene.items.map(({ status }) => status)).toEqual(['sending', 'queued']);
    await scene.closeGeneration();
    await scene.becomeReady();
    await scene.untilIdle();
    expect(scene.items.map(({ status }) => status)).toEqual(['uncertain', 'sent']);
  });
});

describe('a listener that throws', () => {
  it('stops nothing', async () => {
    const scene = await QueueScene.ready();
    scene.listener = () => {
      throw new Error('The subscriber is broken.');
    };
    await scene.acceptAll('a', 'b');
    scene.queue.heardAck({ messageKey: 'FOREIGN', messageId: 'true_x@c.us_FOREIGN', ack: 1 });
    await scene.untilIdle();
    expect(scene.delivered).toEqual(['a', 'b']);
    expect(scene.storeErrors).toContainEqual(new Error('The subscriber is broken.'));
    expect(scene.foreignAcks).toHaveLength(1);
  });
});

describe('acknowledgements while the store is down for long', () => {
  it('are kept up to a number, the newest of them', async () => {
    const scene = await QueueScene.ready();
    scene.storeFault = () => 'fail';
    const ack = (number: number) => ({
      messageKey: `K${number}`,
      messageId: `true_x@c.us_K${number}`,
      ack: 1 as const,
    });
    for (let number = 0; number < 1_000; number += 1) scene.queue.heardAck(ack(number));
    await scene.clock.advance(60_000);
    scene.storeFault = () => undefined;
    await scene.clock.advance(60_000);
    expect(scene.foreignAcks.length).toBeLessThanOrEqual(201);
    expect(scene.foreignAcks).toContainEqual(ack(999));
  });
});
