/** What becomes of an item whose answer was lost: the page died, the process died, a deadline was missed. */
import { describe, expect, it } from 'vitest';
import { INSTANCE, QueueScene } from './queue-scene.fixture.js';

const statuses = (scene: QueueScene) => scene.items.map(({ status }) => status);
const attempts = (scene: QueueScene) => scene.items.map(({ attemptCount }) => attemptCount);

/** A scene in which the process was killed in the middle of sending `a`, with `b` behind it; the next one is ready. */
async function killedWhileSending(
  death: 'before' | 'after',
  { forget = false, policy = 'hold' as 'hold' | 'resend' } = {},
): Promise<QueueScene> {
  const scene = await QueueScene.ready({ uncertainPolicy: policy });
  scene.killAtSend = () => death;
  await scene.acceptAll('a', 'b');
  await scene.clock.until(() => !scene.isAlive);
  scene.killAtSend = () => undefined;
  if (forget) scene.whatsapp.forgetHistory(INSTANCE);
  await scene.boot();
  await scene.becomeReady();
  return scene;
}

describe('the look-up by the item’s own key', () => {
  it('makes it sent when the page has it with an acknowledgement', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', 'lostAnswer');
    await scene.accept('a');
    await scene.untilIdle();
    expect(scene.sends[0]?.report?.outcome).toBe('unknown');
    expect(scene.items[0]).toMatchObject({ status: 'sent', ack: 1, attemptCount: 1 });
    expect(scene.delivered).toEqual(['a']);
  });

  it('comes before anything else is sent', async () => {
    const scene = await killedWhileSending('after');
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['sent', 'sent']);
    expect(scene.delivered).toEqual(['a', 'b']);
    expect(scene.sends.map(({ text }) => text)).toEqual(['a', 'b']);
  });

  it('waits for the acknowledgement when the page has it pending', async () => {
    const scene = await QueueScene.ready({ ackTimeoutMs: 60_000 });
    scene.faults.next('send', 'lostAnswer').next('ack', 'withhold');
    await scene.accept('a');
    await scene.clock.advance(50_000);
    expect(statuses(scene)).toEqual(['sending']);
    scene.whatsapp.browser(INSTANCE).releaseAcks();
    await scene.clock.advance(0);
    expect(statuses(scene)).toEqual(['sent']);
  });

  it('makes it uncertain when the acknowledgement does not come in time, and a late one still makes it sent', async () => {
    const scene = await QueueScene.ready({ ackTimeoutMs: 60_000 });
    scene.faults.next('ack', 'withhold');
    await scene.acceptAll('a', 'b');
    await scene.clock.advance(60_100);
    expect(scene.items[0]).toMatchObject({
      status: 'uncertain',
      errorCode: 'UNCERTAIN',
      messageId: expect.any(String),
    });
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['uncertain', 'sent']);
    scene.whatsapp.browser(INSTANCE).releaseAcks();
    await scene.clock.advance(0);
    expect(scene.items[0]).toMatchObject({ status: 'sent', ack: 1, error: null, errorCode: null });
    expect(scene.factTypes().slice(-1)).toEqual(['message.sent']);
  });

  it('gives media more time', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    const media = { mimetype: 'image/png', data: 'AAAA' };
    await scene.accept({ type: 'message', payload: { to: '4915112345678@c.us', media } });
    await scene.clock.advance(179_000);
    expect(statuses(scene)).toEqual(['sending']);
    await scene.clock.advance(2_000);
    expect(statuses(scene)).toEqual(['uncertain']);
  });

  it('makes it failed when WhatsApp has reported an error', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', 'lostAnswer').next('ack', 'error').next('findSent', { reject: 'PAGE_CRASHED' });
    await scene.accept('a');
    await scene.untilIdle();
    expect(scene.items[0]).toMatchObject({ status: 'failed', ack: -1, errorCode: 'MESSAGE_REFUSED' });
  });

  it('puts it back at the head, with the same key, when its absence proves that it was not sent', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', 'lostCall');
    await scene.acceptAll('a', 'b');
    await scene.untilIdle();
    expect(scene.sends.map(({ text }) => text)).toEqual(['a', 'a', 'b']);
    expect(scene.sends[1]?.key).toBe(scene.sends[0]?.key);
    expect(statuses(scene)).toEqual(['sent', 'sent']);
    expect(attempts(scene)).toEqual([2, 1]);
  });

  it('counts such attempts: after the third the item has failed', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', 'lostCall', 3);
    await scene.acceptAll('a', 'b');
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['failed', 'sent']);
    expect(scene.items[0]).toMatchObject({ errorCode: 'MAX_ATTEMPTS', attemptCount: 3 });
  });

  it('does not count an attempt that was proved unsent when ready was lost meanwhile', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', 'lostCall');
    await scene.accept('a');
    await scene.clock.advance(10);
    scene.loseReady();
    await scene.clock.advance(10_000);
    expect(statuses(scene)).toEqual(['sending']);
    scene.regainReady();
    await scene.untilIdle();
    expect(scene.sends).toHaveLength(2);
    expect(attempts(scene)).toEqual([1]);
  });

  it('does not believe a page that was lost while it answered', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', 'lostAnswer');
    scene.sightingInstead = () => {
      scene.sightingInstead = () => undefined;
      scene.loseReady();
      return { found: false, proof: false };
    };
    await scene.accept('a');
    await scene.clock.advance(1_000);
    expect(scene.state).toBe('connecting');
    scene.regainReady();
    await scene.untilIdle();
    expect(scene.factTypes()).toEqual(['message.queued', 'message.sent']);
  });

  it('ends as uncertain on a line that flaps, so that no queue stands for ever', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    await scene.acceptAll('a', 'b');
    for (let flaps = 0; flaps < 25; flaps += 1) {
      await scene.clock.advance(10_000);
      scene.loseReady();
      await scene.clock.advance(10_000);
      scene.regainReady();
    }
    await scene.untilIdle(10_000);
    expect(statuses(scene)).toEqual(['uncertain', 'sent']);
  });

  it('waits once for an acknowledgement that an earlier process did not get', async () => {
    const scene = await QueueScene.ready({ ackTimeoutMs: 60_000 });
    scene.faults.always('ack', 'withhold');
    await scene.accept('a');
    await scene.clock.advance(1_000);
    await scene.restart();
    await scene.becomeReady();
    await scene.clock.advance(59_000);
    expect(statuses(scene)).toEqual(['sending']);
    await scene.clock.advance(1_000);
    expect(statuses(scene)).toEqual(['uncertain']);
  });

  it('makes it uncertain when its absence proves nothing, parks it, and the line goes on', async () => {
    const scene = await killedWhileSending('after', { forget: true });
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['uncertain', 'sent']);
    expect(scene.delivered).toEqual(['a', 'b']);
    expect(scene.factTypes()).toContain('message.uncertain');
  });

  it('does not take a page that was reloaded since for a proof', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('send', 'hang').next('reload', 'forgetful');
    await scene.acceptAll('a');
    await scene.clock.advance(1_000);
    await scene.reloadPage();
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['uncertain']);
  });

  it('does not take the absence of a message that was in the chat for a proof', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'stuck');
    await scene.accept('a');
    await scene.clock.until(() => scene.sends[0]?.report?.outcome === 'added');
    scene.whatsapp.forgetHistory(INSTANCE);
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['uncertain']);
    expect(scene.sends).toHaveLength(1);
  });

  it('is tried again when the page cannot be asked', async () => {
    const scene = await QueueScene.ready();
    scene.faults
      .next('send', 'lostAnswer')
      .next('findSent', 'hang')
      .next('findSent', { reject: 'PAGE_HUNG' });
    await scene.accept('a');
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['sent']);
  });

  it('ends as uncertain when the page never answers it, so that no queue stands for ever', async () => {
    const scene = await killedWhileSending('before');
    scene.faults.always('findSent', 'hang');
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['uncertain', 'sent']);
  });

  it('happens in the next generation when that of the attempt has ended', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'withhold');
    await scene.acceptAll('a', 'b');
    await scene.clock.until(() => scene.sends[0]?.report?.outcome === 'added');
    scene.whatsapp.browser(INSTANCE).exit();
    await scene.closeGeneration();
    await scene.clock.advance(600_000);
    expect(statuses(scene)).toEqual(['sending', 'queued']);
    await scene.becomeReady();
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['sent', 'sent']);
    expect(scene.delivered).toEqual(['a', 'b']);
  });

  it('gives a message that is pending through a lost socket its time from when the socket is back', async () => {
    const scene = await QueueScene.ready();
    scene.faults.next('ack', 'stuck');
    await scene.accept('a');
    await scene.clock.advance(1_000);
    scene.loseReady();
    await scene.clock.advance(600_000);
    expect(statuses(scene)).toEqual(['sending']);
    scene.regainReady();
    scene.whatsapp.browser(INSTANCE).setSocketState('CONNECTED');
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['sent']);
  });
});

describe('a killed process', () => {
  it('loses nothing that was accepted, and nothing overtakes', async () => {
    const scene = await killedWhileSending('after');
    await scene.acceptAll('c');
    await scene.untilIdle();
    expect(scene.delivered).toEqual(['a', 'b', 'c']);
  });

  it.each(['before', 'after'] as const)(
    'makes at most one item uncertain when it dies %s the page call',
    async (death) => {
      const scene = await killedWhileSending(death, { forget: true });
      await scene.untilIdle();
      expect(statuses(scene)).toEqual(['uncertain', 'sent']);
    },
  );

  it('makes none uncertain where the page kept its history and had the message', async () => {
    const scene = await killedWhileSending('after');
    await scene.untilIdle();
    expect(scene.factTypes()).not.toContain('message.uncertain');
  });
});

describe('UNCERTAIN_POLICY resend', () => {
  it('puts the item back at the head with the same key', async () => {
    const scene = await killedWhileSending('before', { policy: 'resend' });
    await scene.untilIdle();
    expect(scene.sends.map(({ text }) => text)).toEqual(['a', 'b']);
    expect(scene.sends[0]?.key).toBe('3EB0000000000000000001');
    expect(statuses(scene)).toEqual(['sent', 'sent']);
    expect(scene.items[0]).toMatchObject({ attemptCount: 2, errorCode: null });
  });

  it('tells that it became uncertain, and a sender who waits that it is queued and UNCERTAIN', async () => {
    const scene = await QueueScene.ready({ uncertainPolicy: 'resend' });
    scene.faults.next('send', 'hang');
    const receipt = scene.accept('a', { waitMs: 60_000 });
    await scene.clock.advance(31_000);
    await scene.reloadPage();
    await scene.untilIdle();
    expect(await receipt).toMatchObject({ status: 'queued', errorCode: 'UNCERTAIN', queueDepth: 1 });
    expect(scene.factTypes()).toEqual(['message.queued', 'message.uncertain', 'message.sent']);
  });

  it('does not resend for ever: after MAX_SEND_ATTEMPTS it is held', async () => {
    const scene = await QueueScene.ready({ uncertainPolicy: 'resend' });
    scene.faults.always('send', 'hang');
    await scene.accept('a');
    for (let reloads = 0; reloads < 3; reloads += 1) {
      await scene.clock.until(() => scene.sends.length === reloads + 1);
      await scene.reloadPage();
    }
    await scene.untilIdle();
    expect(scene.items[0]).toMatchObject({ status: 'uncertain', attemptCount: 3 });
    expect(scene.sends).toHaveLength(3);
    expect(scene.factTypes().filter((type) => type === 'message.uncertain')).toHaveLength(3);
  });

  it('never says failed or expired of an item that may have been delivered', async () => {
    const scene = await QueueScene.ready({ uncertainPolicy: 'resend' });
    scene.faults.next('send', 'hang').next('send', { unsent: 'PAGE_UNAVAILABLE' }, 2);
    await scene.accept('a');
    await scene.clock.advance(1_000);
    await scene.reloadPage();
    await scene.untilIdle();
    expect(scene.items[0]).toMatchObject({ status: 'uncertain', attemptCount: 3 });
    scene.faults.next('send', 'hang');
    await scene.accept('b', { ttlMs: 5_000 });
    await scene.clock.until(() => scene.sends.length === 4);
    await scene.clock.advance(5_000);
    await scene.reloadPage();
    await scene.untilIdle();
    scene.faults.next('send', 'hang').next('send', { refused: 'MESSAGE_REFUSED' });
    await scene.accept('c');
    await scene.clock.until(() => scene.sends.length === 5);
    await scene.reloadPage();
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['uncertain', 'uncertain', 'uncertain']);
  });

  it('does not send again what was acknowledged before its turn came', async () => {
    const scene = await QueueScene.ready({
      uncertainPolicy: 'resend',
      ackTimeoutMs: 1_000,
      sendIntervalMs: 60_000,
    });
    scene.faults.next('ack', 'withhold');
    await scene.accept('a');
    await scene.clock.until(() => scene.items[0]?.errorCode === 'UNCERTAIN');
    expect(statuses(scene)).toEqual(['queued']);
    scene.whatsapp.browser(INSTANCE).releaseAcks();
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['sent']);
    expect(scene.sends).toHaveLength(1);
  });

  it.each([
    ['is being journaled', undefined],
    ['could not be journaled', 'fail'],
  ] as const)('does not send again what is acknowledged while the attempt %s', async (_when, fault) => {
    const scene = await QueueScene.ready({ uncertainPolicy: 'resend', ackTimeoutMs: 1_000 });
    scene.faults.next('ack', 'withhold');
    await scene.accept('a');
    await scene.clock.until(() => scene.items[0]?.errorCode === 'UNCERTAIN');
    const { messageKey, messageId } = scene.item('item-0001');
    scene.storeFault = (method) => {
      if (method !== 'change') return undefined;
      scene.storeFault = () => undefined;
      scene.queue.heardAck({ messageKey: messageKey ?? '', messageId: messageId ?? '', ack: 1 });
      return fault;
    };
    await scene.untilIdle();
    expect(statuses(scene)).toEqual(['sent']);
    expect(scene.sends).toHaveLength(1);
  });
});
