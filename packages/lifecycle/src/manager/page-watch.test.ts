/** A page that has changed under its sessions: what is refused, what waits, what goes on, and how all comes back by itself. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Fact } from '../domain/fact.js';
import type { ItemContent } from '../domain/message.js';
import { closeFleets, Fleet } from './fleet.fixture.js';

const HOUR = 3_600_000;
const TO = '4915112345678@c.us';
const text = (body: string): ItemContent => ({ type: 'message', payload: { to: TO, text: body } });
const picture: ItemContent = {
  type: 'message',
  payload: { to: TO, media: { mimetype: 'image/png', data: 'iVBORw0KGgo=', caption: 'picture' } },
};
const bodiesOf = (fleet: Fleet, id = 'i0'): string[] =>
  fleet.whatsapp.deliveries(id).map(({ content }) => {
    const { text: body, media } = content.payload as { text?: string; media?: { caption?: string } };
    return body ?? media?.caption ?? '';
  });
const factsOf = (fleet: Fleet, type: Fact['type']): Fact[] =>
  fleet.facts.filter((fact) => fact.type === type);

afterEach(closeFleets);

describe('a page that lacks what every session needs', () => {
  it.each(['core', 'ids', 'inbound'] as const)(
    'without %s keeps the session linked and open, climbs no rung, and spends nothing',
    async (capability) => {
      const fleet = await Fleet.ready(2);
      for (const id of fleet.ids) {
        fleet.whatsapp.changePage(id, [capability]);
        fleet.whatsapp.browser(id).testPage();
      }
      expect(fleet.manager.get('i0')).toMatchObject({
        state: 'error',
        detail: 'incompatible',
        lastError: { code: 'INCOMPATIBLE_PAGE' },
        restarts: { used: 0 },
        page: { capabilities: { [capability]: 'off' } },
      });
      expect(fleet.manager.get('i0').reason).toMatch(new RegExp(`lacks ${capability}`));
      await fleet.clock.advance(10 * HOUR);
      expect(fleet.whatsapp.openings('i0')).toHaveLength(1);
      expect(fleet.whatsapp.isPaired('i0')).toBe(true);
      expect(fleet.alerts('alert.raised')).toEqual(['page_incompatible']);
    },
  );

  it('accepts sends, sends none of them, and sends all in order when the page is well again, without a person', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.changePage('i0', ['inbound']);
    fleet.whatsapp.browser('i0').testPage();
    for (const body of ['one', 'two'])
      expect(await fleet.manager.send('i0', text(body))).toMatchObject({ status: 'queued' });
    await fleet.clock.advance(5 * HOUR);
    expect(bodiesOf(fleet)).toEqual([]);
    fleet.whatsapp.changePage('i0');
    await fleet.clock.until(() => fleet.all('ready'));
    await fleet.clock.until(() => fleet.manager.get('i0').queueDepth === 0);
    expect(bodiesOf(fleet)).toEqual(['one', 'two']);
    expect(fleet.alerts('alert.resolved')).toEqual(['page_incompatible']);
  });

  it('lets all others try again as soon as one that was stopped by it is well', async () => {
    const fleet = await Fleet.ready(4);
    for (const id of fleet.ids) {
      fleet.whatsapp.changePage(id, ['core']);
      fleet.whatsapp.browser(id).testPage();
    }
    await fleet.clock.advance(60_000);
    for (const id of fleet.ids) fleet.whatsapp.changePage(id);
    await fleet.manager.start('i0');
    await fleet.clock.until(() => fleet.manager.get('i0').state === 'ready');
    // Spread over a quarter of a minute, and then a reload.
    await fleet.clock.advance(30_000);
    expect(fleet.all('ready')).toBe(true);
    expect(fleet.alerts('alert.resolved')).toEqual(['page_incompatible']);
    for (const id of fleet.ids) expect(fleet.manager.get(id).restarts.used).toBe(0);
  });

  it('tries again once, and in its time after that, where the page of the others is not well', async () => {
    const fleet = await Fleet.ready(2);
    for (const id of fleet.ids) {
      fleet.whatsapp.changePage(id, ['core']);
      fleet.whatsapp.browser(id).testPage();
    }
    await fleet.clock.advance(60_000);
    const retests = () =>
      fleet.facts.filter(
        (fact) =>
          fact.type === 'instance.state' && fact.instanceId === 'i1' && fact.body.detail === 'retesting',
      ).length;
    fleet.whatsapp.changePage('i0');
    await fleet.manager.start('i0');
    await fleet.clock.until(() => fleet.manager.get('i0').state === 'ready');
    await fleet.clock.advance(HOUR / 2);
    expect(retests()).toBe(1);
    expect(fleet.detail('i1')).toBe('incompatible');
  });

  it('is not called incompatible again for what it lacked before, where it does not come up', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.changePage('i0', ['core']);
    fleet.whatsapp.browser('i0').testPage();
    fleet.whatsapp.changePage('i0');
    fleet.whatsapp.faults('i0').next('reload', 'hang');
    await fleet.manager.start('i0');
    await fleet.clock.until(() => fleet.manager.get('i0').lastError?.code === 'RELOAD_FAILED');
    await fleet.clock.until(() => fleet.all('ready'));
  });

  it('tells what came meanwhile once the page is well again', async () => {
    const fleet = await Fleet.ready(1);
    await fleet.clock.advance(60_000);
    fleet.whatsapp.changePage('i0', ['ids']);
    fleet.whatsapp.browser('i0').testPage();
    fleet.whatsapp.phone('i0').receive({ body: 'Are you there?' });
    await fleet.clock.advance(HOUR / 4);
    expect(factsOf(fleet, 'message.received')).toEqual([]);
    fleet.whatsapp.changePage('i0');
    await fleet.manager.start('i0');
    await fleet.clock.until(() => fleet.all('ready'));
    await fleet.clock.advance(10_000);
    expect(factsOf(fleet, 'message.received')).toMatchObject([{ body: { body: 'Are you there?' } }]);
  });

  it('is found before `ready` at a boot, and at a start by hand', async () => {
    const fleet = await Fleet.ready(1);
    await fleet.manager.stop('i0');
    await fleet.clock.until(() => fleet.detail('i0') === 'stopped');
    fleet.whatsapp.changePage('i0', ['ids']);
    await fleet.manager.start('i0');
    await fleet.clock.until(() => fleet.detail('i0') === 'incompatible');
    const places = fleet.facts.flatMap((fact) => (fact.type === 'instance.state' ? [fact.body.state] : []));
    expect(places.lastIndexOf('ready')).toBeLessThan(places.lastIndexOf('disconnected'));
    fleet.whatsapp.changePage('i0');
    await fleet.manager.start('i0');
    await fleet.clock.until(() => fleet.all('ready'));
    expect(fleet.whatsapp.openings('i0')).toHaveLength(2);
  });

  it('goes on where the rules are changed to `warn`, at once, and stops again when they are enforced', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.changePage('i0', ['inbound']);
    fleet.whatsapp.browser('i0').testPage();
    expect(fleet.detail('i0')).toBe('incompatible');
    fleet.manager.pages.change({ inbound: 'warn' });
    await fleet.clock.until(() => fleet.all('ready'));
    expect(fleet.manager.get('i0').page?.capabilities.inbound).toBe('doubtful');
    expect(fleet.alerts('alert.raised')).toContain('page_degraded');
    fleet.manager.pages.change({ inbound: 'enforce' });
    await fleet.clock.until(() => fleet.detail('i0') === 'incompatible');
    expect(() => fleet.manager.pages.change({ inbound: 'maybe' as 'warn' })).toThrow(/enforce, warn/);
  });

  it('is believed less than what is seen to work', async () => {
    const fleet = await Fleet.ready(1);
    const { report } = await reportOf(fleet);
    const capabilities = { ...report.capabilities, inbound: { ok: false, missing: ['Msg'] } };
    const seenToWork = ['core', 'ids', 'inbound'] as const;
    fleet.whatsapp.browser('i0').say({ type: 'pageTested', report: { ...report, capabilities, seenToWork } });
    expect(fleet.all('ready')).toBe(true);
    expect(fleet.manager.get('i0').page?.capabilities.inbound).toBe('doubtful');
    await fleet.clock.advance(1);
    expect(fleet.alerts('alert.raised')).toEqual(['page_degraded']);
  });
});

describe('a page that lacks one thing', () => {
  const without = async (...lacking: Parameters<Fleet['whatsapp']['changePage']>[1][]) => {
    const fleet = await Fleet.ready(1, { sendIntervalMs: 0, sendWaitMs: 0 });
    for (const some of lacking) fleet.whatsapp.changePage('i0', some);
    fleet.whatsapp.browser('i0').testPage();
    return fleet;
  };

  it('stays ready, refuses new sends of that kind with the capability, and does the rest', async () => {
    const fleet = await without(['media', 'reactions', 'markRead', 'download', 'lookUp']);
    expect(fleet.all('ready')).toBe(true);
    expect(await fleet.manager.send('i0', picture)).toMatchObject({
      status: 'failed',
      errorCode: 'NOT_SUPPORTED',
      queueId: null,
      error: expect.stringContaining('media'),
    });
    expect(await fleet.manager.send('i0', text('a text'))).toMatchObject({ status: 'queued' });
    await fleet.clock.until(() => fleet.manager.get('i0').queueDepth === 0);
    expect(bodiesOf(fleet)).toEqual(['a text']);
    const refused = { code: 'NOT_SUPPORTED', details: { id: 'i0' } };
    const at = (capability: string) => ({ ...refused, details: { ...refused.details, capability } });
    await expect(fleet.manager.react('i0', 'true_1@c.us_A', '👍')).rejects.toMatchObject(at('reactions'));
    await expect(fleet.manager.markRead('i0', TO)).rejects.toMatchObject(at('markRead'));
    await expect(fleet.manager.fetchMedia('i0', 'true_1@c.us_A')).rejects.toMatchObject(at('download'));
    await expect(fleet.manager.lookUpNumber('i0', '4915112345678')).rejects.toMatchObject(at('lookUp'));
  });

  it('passes items of that kind that it has accepted, tells so once, and sends them when it can again', async () => {
    const fleet = await Fleet.ready(1, { sendIntervalMs: 0, sendWaitMs: 0 });
    fleet.whatsapp.browser('i0').setSocketState('TIMEOUT');
    for (const content of [text('one'), picture, text('two')]) await fleet.manager.send('i0', content);
    fleet.whatsapp.changePage('i0', ['media']);
    fleet.whatsapp.browser('i0').testPage();
    fleet.whatsapp.browser('i0').setSocketState('CONNECTED');
    await fleet.clock.until(() => fleet.manager.get('i0').queueDepth === 1);
    expect(bodiesOf(fleet)).toEqual(['one', 'two']);
    await fleet.clock.advance(5 * HOUR);
    expect(factsOf(fleet, 'message.waiting')).toHaveLength(1);
    fleet.whatsapp.changePage('i0');
    await fleet.clock.advance(2 * HOUR);
    expect(bodiesOf(fleet)).toEqual(['one', 'two', 'picture']);
  });

  it('lets an item that waits for it expire in its time', async () => {
    const fleet = await Fleet.ready(1, { sendIntervalMs: 0, sendWaitMs: 0 });
    fleet.whatsapp.browser('i0').setSocketState('TIMEOUT');
    await fleet.manager.send('i0', picture, { ttlMs: HOUR });
    fleet.whatsapp.changePage('i0', ['media']);
    fleet.whatsapp.browser('i0').testPage();
    fleet.whatsapp.browser('i0').setSocketState('CONNECTED');
    await fleet.clock.advance(2 * HOUR);
    expect(factsOf(fleet, 'message.expired')).toHaveLength(1);
    expect(fleet.manager.get('i0').queueDepth).toBe(0);
  });

  it('keeps the whole queue waiting where it can send nothing, and tells nobody that anything failed', async () => {
    const fleet = await without(['sendText']);
    expect(fleet.all('ready')).toBe(true);
    for (const body of ['one', 'two'])
      expect(await fleet.manager.send('i0', text(body))).toMatchObject({ status: 'queued' });
    fleet.whatsapp.phone('i0').receive({ body: 'Hello' });
    await fleet.clock.advance(3 * HOUR);
    expect(factsOf(fleet, 'message.received')).toHaveLength(1);
    expect(bodiesOf(fleet)).toEqual([]);
    fleet.whatsapp.changePage('i0');
    await fleet.clock.advance(2 * HOUR);
    expect(bodiesOf(fleet)).toEqual(['one', 'two']);
    expect(factsOf(fleet, 'message.failed')).toEqual([]);
  });
});

describe('a page that can send nothing', () => {
  const sendless = async () => {
    const fleet = await Fleet.ready(1, {
      sendIntervalMs: 0,
      sendWaitMs: 0,
      messageTtlMs: HOUR,
      maxQueueSize: 2,
    });
    fleet.whatsapp.changePage('i0', ['sendText']);
    return fleet;
  };

  it.each(['before it is known', 'after'])(
    'lets what waits expire, and its queue has room again: accepted %s',
    async (when) => {
      const fleet = await sendless();
      if (when === 'after') fleet.whatsapp.browser('i0').testPage();
      else fleet.whatsapp.faults('i0').always('send', { unsent: 'INCOMPATIBLE_PAGE' });
      for (const body of ['one', 'two', 'three']) await fleet.manager.send('i0', text(body));
      fleet.whatsapp.browser('i0').testPage();
      await fleet.clock.advance(2 * HOUR);
      expect(factsOf(fleet, 'message.expired')).toHaveLength(2);
      expect(await fleet.manager.send('i0', text('four'))).toMatchObject({ status: 'queued' });
      expect(bodiesOf(fleet)).toEqual([]);
    },
  );
});

describe('a page that is lost before its instance is stopped', () => {
  it('is alerted until the instance is stopped', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.changePage('i0', ['media']);
    fleet.whatsapp.browser('i0').testPage();
    fleet.whatsapp.faults('i0').always('open', 'hang');
    fleet.whatsapp.browser('i0').exit();
    await fleet.clock.until(() => fleet.manager.get('i0').state === 'connecting');
    expect(fleet.alerts('alert.resolved')).toEqual([]);
    await fleet.manager.stop('i0');
    await fleet.clock.until(() => fleet.detail('i0') === 'stopped');
    expect(fleet.alerts('alert.resolved')).toEqual(['page_degraded']);
  });

  it('keeps nothing from a send to the next one when the rules change meanwhile', async () => {
    const fleet = await Fleet.ready(1, { sendWaitMs: 0 });
    fleet.whatsapp.changePage('i0', ['media']);
    fleet.whatsapp.browser('i0').testPage();
    fleet.whatsapp.faults('i0').always('open', 'hang');
    fleet.whatsapp.browser('i0').exit();
    await fleet.clock.until(() => fleet.manager.get('i0').state === 'connecting');
    fleet.manager.pages.change({ votes: 'warn' });
    expect(await fleet.manager.send('i0', picture)).toMatchObject({ status: 'queued' });
  });
});

describe('an item that the page refuses since it has changed', () => {
  it('is put back uncounted and switches its capability off until a self-test passes; nothing is sent twice', async () => {
    const fleet = await Fleet.ready(1, { sendIntervalMs: 0, sendWaitMs: 0 });
    fleet.whatsapp.faults('i0').next('send', { unsent: 'INCOMPATIBLE_PAGE' });
    await fleet.manager.send('i0', text('one'));
    await fleet.clock.advance(10_000);
    expect(fleet.manager.get('i0').page?.capabilities.sendText).toBe('off');
    const [item] = (await fleet.manager.queue('i0')).items;
    expect(item).toMatchObject({ status: 'queued', attemptCount: 0, errorCode: 'INCOMPATIBLE_PAGE' });
    await fleet.clock.until(() => bodiesOf(fleet).length === 1);
    expect(fleet.whatsapp.frames('i0')).toHaveLength(1);
    expect(fleet.alerts('alert.resolved')).toEqual(['page_degraded']);
  });

  it('is given up in the end also where it may have been delivered before', async () => {
    const fleet = await Fleet.ready(1, {
      sendIntervalMs: 0,
      sendWaitMs: 0,
      messageTtlMs: 100 * HOUR,
      uncertainPolicy: 'resend',
      ackTimeoutMs: 1_000,
    });
    fleet.whatsapp.faults('i0').next('ack', 'withhold');
    await fleet.manager.send('i0', text('odd'));
    const item = async () => (await fleet.manager.queue('i0')).items[0];
    await fleet.clock.advance(0);
    fleet.whatsapp.faults('i0').always('send', { unsent: 'INCOMPATIBLE_PAGE' });
    await fleet.clock.advance(50 * HOUR);
    expect(await item()).toMatchObject({ status: 'uncertain', errorCode: 'UNCERTAIN' });
    expect(factsOf(fleet, 'message.waiting').length).toBeGreaterThan(1);
  });

  it('fails in the end where the page refuses it alone, although every self-test passes: the queue goes on', async () => {
    const fleet = await Fleet.ready(1, { sendIntervalMs: 0, sendWaitMs: 0, messageTtlMs: 100 * HOUR });
    fleet.whatsapp.faults('i0').next('send', { unsent: 'INCOMPATIBLE_PAGE' }, 4);
    await fleet.manager.send('i0', text('odd'));
    await fleet.manager.send('i0', text('even'));
    await fleet.clock.advance(10 * HOUR);
    expect(factsOf(fleet, 'message.failed')).toMatchObject([{ body: { errorCode: 'MAX_ATTEMPTS' } }]);
    expect(bodiesOf(fleet)).toEqual(['even']);
  });
});

/** The last report of the instance, asked for anew. */
async function reportOf(fleet: Fleet) {
  const { simulatedReport } = await import('../drivers/simulated/simulated-abilities.js');
  return { report: simulatedReport(undefined, fleet.clock.now()) };
}
