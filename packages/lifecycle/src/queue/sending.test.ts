/** How items travel: in order, one at a time, journaled first, at a pace, for a limited time. */
import { describe, expect, it } from 'vitest';
import { INSTANCE, QueueScene, text } from './queue-scene.fixture.js';

const texts = (scene: QueueScene) => scene.sends.map((send) => send.text);
const statuses = (scene: QueueScene) => scene.items.map(({ status }) => status);

describe('the order', () => {
  it('is strict: first accepted, first attempted, first delivered', async () => {
    const scene = await QueueScene.open();
    await scene.acceptAll('a', 'b', 'c', 'd');
    await scene.becomeReady();
    await scene.untilIdle();
    expect(scene.delivered).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is that of the line, also for what is accepted while it moves', async () => {
    const scene = await QueueScene.ready();
    await scene.acceptAll('a', 'b');
    await scene.clock.advance(100);
    await scene.acceptAll('c');
    await scene.untilIdle();
    expect(scene.delivered).toEqual(['a', 'b', 'c']);
  });

  it('passes what failed', async () => {
    const scene = await QueueScene.open();
    await scene.acceptAll('a');
    await scene.accept(text('b', '9991234567@c.us'));
    await scene.acceptAll('c');
    await scene.becomeReady();
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['sent', 'failed', 'sent']);
    expect(scene.item('item-0002')).toMatchObject({ errorCode: 'RECIPIENT_NOT_FOUND', attemptCount: 1 });
  });

  it('holds while an item is tried again: nothing overtakes it', async () => {
    const scene = await QueueScene.open();
    await scene.acceptAll('a', 'b');
    scene.faults.next('send', { unsent: 'PAGE_UNAVAILABLE' });
    await scene.becomeReady();
    await scene.untilIdle();
    expect(texts(scene)).toEqual(['a', 'a', 'b']);
    expect(scene.delivered).toEqual(['a', 'b']);
  });
});

describe('in flight', () => {
  it('is one item at a time, and it ends at settlement, not when the page call returns', async () => {
    const scene = await QueueScene.ready({ sendIntervalMs: 0 });
    scene.faults.next('ack', 'withhold');
    await scene.acceptAll('a', 'b');
    await scene.clock.advance(30_000);
    expect(scene.sends[0]?.report).toMatchObject({ outcome: 'added' });
    expect(texts(scene)).toEqual(['a']);
    expect(statuses(scene)).toEqual(['sending', 'queued']);
    scene.whatsapp.browser(INSTANCE).releaseAcks();
    await scene.untilIdle();
    expect(texts(scene)).toEqual(['a', 'b']);
    expect(scene.mostAtOnce).toBe(1);
  });

  it('holds the line until a page call that missed its deadline has settled', async () => {
    const scene = await QueueScene.ready({ sendIntervalMs: 0 });
    scene.faults.next('send', { lateMs: 90_000 });
    await scene.acceptAll('a', 'b');
    await scene.clock.advance(89_000);
    expect(scene.sends[0]?.report).toMatchObject({ outcome: 'unknown' });
    expect(texts(scene)).toEqual(['a']);
    await scene.untilIdle();
    expect(scene.delivered).toEqual(['a', 'b']);
    expect(statuses(scene)).toEqual(['sent', 'sent']);
  });

  it('holds the line until the generation of a call that never answers is closed', async () => {
    const scene = await QueueScene.ready({ sendIntervalMs: 0 });
    scene.faults.next('send', 'hang');
    await scene.acceptAll('a', 'b');
    await scene.clock.advance(600_000);
    expect(texts(scene)).toEqual(['a']);
    await scene.closeGeneration();
    await scene.becomeReady();
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['uncertain', 'sent']);
  });

  it('settles by an acknowledgement at once, and the line waits for the page call all the same', async () => {
    const scene = await QueueScene.ready({ sendIntervalMs: 0 });
    scene.faults.next('send', 'hang');
    await scene.acceptAll('a', 'b');
    await scene.clock.advance(100);
    const messageKey = scene.sends[0]?.key ?? '';
    scene.queue.heardAck({ messageKey, messageId: `true_x@c.us_${messageKey}`, ack: 1 });
    await scene.clock.advance(600_000);
    expect(statuses(scene)).toEqual(['sent', 'queued']);
    expect(texts(scene)).toEqual(['a']);
    await scene.closeGeneration();
    await scene.becomeReady();
    await scene.untilIdle();
    expect(texts(scene)).toEqual(['a', 'b']);
  });

  it('goes on when ready is lost, and no new send begins', async () => {
    const scene = await QueueScene.ready();
    await scene.acceptAll('a', 'b');
    await scene.clock.advance(10);
    scene.loseReady();
    await scene.clock.advance(60_000);
    expect(statuses(scene)).toEqual(['sent', 'queued']);
    scene.regainReady();
    await scene.untilIdle();
    expect(scene.delivered).toEqual(['a', 'b']);
  });
});

describe('an attempt', () => {
  it('is journaled with its key before the page is touched', async () => {
    const scene = await QueueScene.ready();
    scene.killAtSend = () => 'before';
    await scene.accept('hello');
    await scene.clock.advance(0);
    expect(scene.isAlive).toBe(false);
    expect(scene.items[0]).toMatchObject({
      status: 'sending',
      attemptCount: 1,
      messageKey: '3EB0000000000000000001',
      attemptedAt: scene.clock.now(),
    });
    expect(scene.delivered).toEqual([]);
  });

  it('uses the same key as the one before', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', { unsent: 'PAGE_UNAVAILABLE' }, 2);
    await scene.accept('hello');
    await scene.untilIdle();
    expect(new Set(scene.sends.map(({ key }) => key)).size).toBe(1);
    expect(scene.items[0]).toMatchObject({ status: 'sent', attemptCount: 3, error: null, errorCode: null });
  });

  it('that was proved unsent is made again after a growing wait, three times in all: then the item fails and the line goes on', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', { unsent: 'PAGE_UNAVAILABLE' }, 3);
    await scene.acceptAll('a', 'b');
    await scene.untilIdle();
    expect(texts(scene)).toEqual(['a', 'a', 'a', 'b']);
    const [first = 0, second = 0, third = 0] = scene.sends.map(({ at }) => at);
    expect(second - first).toBeGreaterThan(500);
    expect(third - second).toBeGreaterThan(1_000);
    expect(scene.items[0]).toMatchObject({ status: 'failed', errorCode: 'MAX_ATTEMPTS', attemptCount: 3 });
    expect(scene.factTypes()).toContain('message.failed');
  });

  it('does not count when the page was lost rather than the item refused', async () => {
    const scene = await QueueScene.ready();
    await scene.accept('hello');
    for (let losses = 0; losses < 5; losses += 1) {
      scene.faults.next('send', { unsent: 'PAGE_UNAVAILABLE' });
      await scene.clock.until(() => scene.sends.length === losses + 1 && scene.items[0]?.status === 'queued');
      scene.loseReady();
      await scene.clock.advance(0);
      expect(scene.items[0]).toMatchObject({ status: 'queued', attemptCount: 0 });
      scene.regainReady();
    }
    await scene.untilIdle();
    expect(scene.items[0]).toMatchObject({ status: 'sent', attemptCount: 1 });
  });

  it('does not count when ready is lost before the page says that it could not send', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', { unsent: 'PAGE_UNAVAILABLE' });
    await scene.accept('hello');
    await scene.clock.advance(10);
    scene.loseReady();
    await scene.clock.advance(1_000);
    expect(scene.items[0]).toMatchObject({ status: 'queued', attemptCount: 0 });
  });

  it('does not count when ready is lost between the journal and the page', async () => {
    const scene = await QueueScene.ready();
    scene.storeFault = (method) => {
      if (method === 'change') scene.loseReady();
      return undefined;
    };
    await scene.accept('hello');
    await scene.clock.advance(0);
    expect(scene.sends).toEqual([]);
    expect(scene.items[0]).toMatchObject({ status: 'queued', attemptCount: 0 });
  });

  it('that WhatsApp refuses is the last', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', { refused: 'MEDIA_TOO_LARGE' });
    await scene.accept('hello');
    await scene.untilIdle();
    expect(scene.items[0]).toMatchObject({ status: 'failed', errorCode: 'MEDIA_TOO_LARGE', attemptCount: 1 });
  });

  it('whose message WhatsApp acknowledges with an error has failed', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'error');
    await scene.accept('hello');
    await scene.untilIdle();
    expect(scene.items[0]).toMatchObject({ status: 'failed', errorCode: 'MESSAGE_REFUSED', ack: -1 });
  });
});

describe('the pace', () => {
  it('keeps the interval between two sends, half of it more or less, and differs from send to send', async () => {
    const scene = await QueueScene.ready();
    await scene.acceptAll(...'abcdefghij');
    await scene.untilIdle();
    const gaps = scene.sends.slice(1).map(({ at }, index) => at - (scene.sends[index]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(750);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2_250);
    expect(new Set(gaps).size).toBeGreaterThan(5);
  });

  it('delays, and never refuses', async () => {
    const scene = await QueueScene.ready();
    const receipts = await Promise.all([...'abcdefgh'].map((words) => scene.accept(words)));
    expect(receipts.map(({ status }) => status)).not.toContain('failed');
  });

  it('lets the first send go at once, and one after a long silence', async () => {
    const scene = await QueueScene.ready();
    const start = scene.clock.now();
    await scene.accept('a');
    await scene.clock.advance(0);
    expect(scene.sends[0]?.at).toBe(start);
    await scene.clock.advance(60_000);
    await scene.accept('b');
    await scene.clock.advance(0);
    expect(scene.sends[1]?.at).toBe(start + 60_000);
  });

  it('is kept also when ready is lost meanwhile, and its wait ends early then', async () => {
    const scene = await QueueScene.ready();
    await scene.acceptAll('a', 'b');
    await scene.clock.advance(400);
    scene.loseReady();
    await scene.clock.advance(0);
    const pending = scene.clock.pending;
    scene.regainReady();
    await scene.untilIdle();
    // While it is held only the look for expired items is left.
    expect(pending).toBe(1);
    expect((scene.sends[1]?.at ?? 0) - (scene.sends[0]?.at ?? 0)).toBeGreaterThanOrEqual(750);
  });

  it('is not stopped by a clock that is set back', async () => {
    const scene = await QueueScene.ready();
    await scene.accept('a');
    await scene.untilIdle();
    scene.clock.jump(-86_400_000);
    await scene.accept('b');
    await scene.untilIdle(10_000);
    expect(scene.delivered).toEqual(['a', 'b']);
  });
});

describe('the time to live', () => {
  it('is a day, or what the item says', async () => {
    const scene = await QueueScene.open();
    const now = scene.clock.now();
    await scene.accept('a');
    await scene.accept('b', { ttlMs: 5_000 });
    expect(scene.items.map(({ expiresAt }) => expiresAt)).toEqual([now + 86_400_000, now + 5_000]);
  });

  it('ends an item in its turn, and the line goes on', async () => {
    const scene = await QueueScene.ready();
    await scene.accept('a');
    await scene.accept('b', { ttlMs: 100 });
    await scene.accept('c');
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['sent', 'expired', 'sent']);
    expect(scene.item('item-0002')).toMatchObject({ errorCode: 'MESSAGE_EXPIRED', attemptCount: 0 });
    expect(scene.factTypes()).toContain('message.expired');
  });

  it('ends an item also while the instance is not ready, wherever it stands in the line', async () => {
    const scene = await QueueScene.open();
    await scene.accept('a');
    await scene.accept('b', { ttlMs: 5_000 });
    await scene.accept('c', { ttlMs: 60_000 });
    await scene.clock.advance(5_000);
    expect(statuses(scene)).toEqual(['queued', 'expired', 'queued']);
    await scene.clock.advance(55_000);
    expect(statuses(scene)).toEqual(['queued', 'expired', 'expired']);
    expect(scene.queue.depth).toBe(1);
  });

  it('ends what an earlier process has left, without the instance ever being ready', async () => {
    const scene = await QueueScene.open();
    await scene.accept('a', { ttlMs: 60_000 });
    await scene.restart();
    await scene.clock.advance(300_000);
    expect(statuses(scene)).toEqual(['expired']);
    expect(scene.queue.depth).toBe(0);
  });

  it('does not end an item that is being sent', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    await scene.accept('a', { ttlMs: 1_000 });
    await scene.clock.advance(30_000);
    expect(statuses(scene)).toEqual(['sending']);
    scene.whatsapp.browser(INSTANCE).releaseAcks();
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['sent']);
  });
});
