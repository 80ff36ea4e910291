/** Whose messages they are: what was accepted for one account is never sent by another, unless a person says so. */
import { afterEach, describe, expect, it } from 'vitest';
import { simulatedDriver } from '../drivers/simulated/simulated-driver.js';
import { MemoryData } from '../stores/memory/memory-data.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { closeFleets, Fleet } from './fleet.fixture.js';
import { InstanceManager } from './instance-manager.js';

const TO = '4915112345678@c.us';
const A = '4915100000011';
const B = '4915100000012';
const text = (words: string) => ({ type: 'message', payload: { to: TO, text: words } }) as const;

afterEach(closeFleets);

/** One instance that is ready with the number A. */
async function pairedWithA(options: Parameters<typeof Fleet.ready>[1] = {}): Promise<Fleet> {
  const fleet = await Fleet.ready(1, { sendIntervalMs: 0, ...options });
  await scanAs(fleet, A);
  fleet.facts.length = 0;
  return fleet;
}
async function showsCode({ clock, manager }: Fleet, id = 'i0'): Promise<void> {
  await clock.until(() => manager.get(id).detail === 'showing');
}
/** Unlinks on the phone, and scans with another one. */
async function scanAs(fleet: Fleet, number: string, id = 'i0'): Promise<void> {
  const { clock, manager, whatsapp } = fleet;
  if (manager.get(id).state !== 'needs_qr') whatsapp.phone(id).unlink();
  await showsCode(fleet, id);
  whatsapp.phone(id).scan({ number });
  await clock.until(() => manager.get(id).state === 'ready');
}
/** What is accepted while no browser can open. */
async function acceptOffline({ clock, manager, whatsapp }: Fleet, ...words: string[]): Promise<string[]> {
  whatsapp.faults('i0').always('open', 'hang');
  whatsapp.browser('i0').exit();
  await clock.until(() => manager.get('i0').state === 'connecting');
  const ids: string[] = [];
  for (const each of words) ids.push(String((await manager.send('i0', text(each), { waitMs: 0 })).queueId));
  whatsapp.faults('i0').clear();
  return ids;
}
/** The reported story: accepted offline under A, unlinked, scanned with B. */
async function heldUnderB(options: Parameters<typeof Fleet.ready>[1] = {}, ...words: string[]) {
  const fleet = await pairedWithA(options);
  const ids = await acceptOffline(fleet, ...(words.length > 0 ? words : ['for A']));
  fleet.whatsapp.account('i0').unlink();
  await fleet.clock.until(() => fleet.manager.get('i0').detail === 'showing', 30 * 60_000);
  await scanAs(fleet, B);
  await fleet.clock.until(() => fleet.manager.get('i0').heldCount > 0);
  return { fleet, ids };
}
const deliveredBy = ({ whatsapp }: Fleet) =>
  whatsapp
    .deliveries('i0')
    .map(({ from, content }) => [from.split('@')[0], content.type === 'message' && content.payload.text]);

describe('a message of one account', () => {
  it('is not sent by another: it is held, told, counted and alerted', async () => {
    const { fleet, ids } = await heldUnderB();
    const { clock, manager, facts } = fleet;
    await manager.send('i0', text('for B'), { waitMs: 0 });
    await clock.until(() => fleet.whatsapp.deliveries('i0').length > 0);
    await clock.advance(3_600_000);
    expect(deliveredBy(fleet)).toEqual([[B, 'for B']]);
    expect(manager.get('i0')).toMatchObject({
      queueDepth: 0,
      heldCount: 1,
      me: { phoneNumber: B },
      account: { phoneNumber: B },
    });
    expect(await manager.queueItem('i0', String(ids[0]))).toMatchObject({
      status: 'queued',
      held: true,
      account: `${A}@c.us`,
      error: expect.stringMatching(/accepted for 4915100000011.*release/),
    });
    expect((await manager.queue('i0', { held: true })).items.map(({ id }) => id)).toEqual(ids);
    expect((await manager.queue('i0', { held: false })).items.map(({ status }) => status)).toEqual(['sent']);
    expect(manager.census()).toMatchObject({ held: 1, queueDepth: 0 });
    expect(facts.filter(({ type }) => type === 'message.held')).toHaveLength(1);
    expect(facts.find(({ type }) => type === 'account.changed')?.body).toMatchObject({
      previous: { phoneNumber: A },
      account: { phoneNumber: B },
      held: 1,
    });
    expect(fleet.alerts('alert.raised')).toEqual(['messages_held:i0']);
    expect(fleet.alerts('alert.resolved')).toEqual([]);
  });

  it('is sent by the other one when a person releases it', async () => {
    const { fleet, ids } = await heldUnderB({}, 'first', 'second', 'third');
    const { clock, manager } = fleet;
    expect(await manager.releaseHeld('i0', [String(ids[1])])).toBe(1);
    await clock.until(() => fleet.whatsapp.deliveries('i0').length === 1);
    expect(await manager.releaseHeld('i0')).toBe(2);
    expect(await manager.releaseHeld('i0')).toBe(0);
    await clock.until(() => manager.get('i0').queueDepth === 0);
    expect(deliveredBy(fleet)).toEqual([
      [B, 'second'],
      [B, 'first'],
      [B, 'third'],
    ]);
    expect(await manager.queueItem('i0', String(ids[0]))).toMatchObject({
      account: `${B}@c.us`,
      error: null,
    });
    await clock.until(() => fleet.alerts('alert.resolved').length === 1);
    expect(fleet.alerts('alert.resolved')).toEqual(['messages_held:i0']);
  });

  it('is cancelled when a person drops it, and what is not held stays', async () => {
    const { fleet, ids } = await heldUnderB({}, 'first', 'second');
    const { manager } = fleet;
    await expect(manager.dropHeld('i0', ['none'])).rejects.toMatchObject({ code: 'QUEUE_ITEM_NOT_FOUND' });
    expect(await manager.dropHeld('i0', [String(ids[0])])).toBe(1);
    expect(await manager.dropHeld('i0', ids)).toBe(1);
    expect(manager.get('i0')).toMatchObject({ heldCount: 0, queueDepth: 0 });
    const items = (await manager.queue('i0')).items;
    expect(items.map(({ status, held }) => [status, held])).toEqual([
      ['cancelled', false],
      ['cancelled', false],
    ]);
    await fleet.clock.advance(60_000);
    expect(deliveredBy(fleet)).toEqual([]);
    expect(fleet.alerts('alert.resolved')).toEqual(['messages_held:i0']);
  });

  it('stays held when its own account comes back: a person has to look at it', async () => {
    const { fleet } = await heldUnderB();
    await scanAs(fleet, A);
    await fleet.clock.advance(60_000);
    expect(deliveredBy(fleet)).toEqual([]);
    expect(fleet.manager.get('i0').heldCount).toBe(1);
  });

  it('expires while it is held, although the instance is ready', async () => {
    const { fleet, ids } = await heldUnderB({ messageTtlMs: 3_600_000 });
    const { clock, manager } = fleet;
    await clock.until(() => manager.get('i0').heldCount === 0, 2 * 3_600_000);
    expect(await manager.queueItem('i0', String(ids[0]))).toMatchObject({ status: 'expired', held: false });
    expect(fleet.alerts('alert.resolved')).toEqual(['messages_held:i0']);
  });

  it('goes on when the same number is scanned again', async () => {
    const fleet = await pairedWithA();
    await acceptOffline(fleet, 'for A');
    fleet.whatsapp.account('i0').unlink();
    await fleet.clock.until(() => fleet.manager.get('i0').detail === 'showing', 30 * 60_000);
    await scanAs(fleet, A);
    await fleet.clock.until(() => fleet.whatsapp.deliveries('i0').length === 1);
    expect(deliveredBy(fleet)).toEqual([[A, 'for A']]);
    expect(fleet.facts.some(({ type }) => type === 'account.changed')).toBe(false);
  });

  it('is held by the process that comes after one that was killed', async () => {
    const data = new MemoryData();
    const fleet = await pairedWithA({ store: memoryStore({ data }) });
    await acceptOffline(fleet, 'for A');
    const { clock, whatsapp } = fleet;
    await fleet.close();
    whatsapp.account('i0').unlink();
    const manager = await InstanceManager.open({
      driver: simulatedDriver({ whatsapp, clock }),
      store: memoryStore({ data }),
      clock,
      checkHost: async () => true,
    });
    await clock.until(() => manager.get('i0').detail === 'showing');
    expect(manager.get('i0')).toMatchObject({ me: null, account: { phoneNumber: A }, queueDepth: 1 });
    whatsapp.phone('i0').scan({ number: B });
    await clock.until(() => manager.get('i0').heldCount === 1);
    await clock.advance(60_000);
    expect(whatsapp.deliveries('i0')).toEqual([]);
    let isClosed = false;
    void manager.close().then(() => {
      isClosed = true;
    });
    await clock.until(() => isClosed);
    expect(data.instances.get('i0')).toMatchObject({ account: { phoneNumber: B } });
  });

  it.each(['hold', 'resend'] as const)(
    'that was on its way becomes uncertain, and the page of the other is not asked (%s)',
    async (uncertainPolicy) => {
      const fleet = await pairedWithA({ uncertainPolicy });
      const { clock, manager, whatsapp } = fleet;
      whatsapp.faults('i0').next('ack', 'stuck');
      const { queueId } = await manager.send('i0', text('on its way'), { waitMs: 0 });
      const item = () => manager.queueItem('i0', String(queueId));
      await clock.advance(5_000);
      expect(await item()).toMatchObject({ status: 'sending', account: `${A}@c.us` });
      // The new page would say that it never saw the message, and prove it.
      whatsapp.faults('i0').always('findSent', 'hang');
      await scanAs(fleet, B);
      await clock.until(() => manager.get('i0').queueDepth === 0, 20_000);
      expect(await item()).toMatchObject({ status: 'uncertain', errorCode: 'UNCERTAIN', held: false });
      whatsapp.faults('i0').clear();
      await clock.advance(3_600_000);
      expect(deliveredBy(fleet)).toEqual([]);
      // A person's word puts it back: not into the line of the other account.
      expect(await manager.resolve('i0', String(queueId), 'resend')).toMatchObject({
        status: 'queued',
        held: true,
      });
      expect(manager.get('i0')).toMatchObject({ queueDepth: 0, heldCount: 1 });
    },
  );

  it('that was accepted before any account was known goes with the first', async () => {
    const fleet = await Fleet.ready(0, { queueAcceptStates: ['needs_qr', 'ready', 'connecting'] });
    const { clock, manager, whatsapp } = fleet;
    await manager.create({ id: 'i0' });
    await showsCode(fleet);
    const { queueId } = await manager.send('i0', text('early'), { waitMs: 0 });
    expect(await manager.queueItem('i0', String(queueId))).toMatchObject({ account: null });
    whatsapp.phone('i0').scan({ number: A });
    await clock.until(() => whatsapp.deliveries('i0').length === 1);
    expect(deliveredBy(fleet)).toEqual([[A, 'early']]);
    expect(await manager.queueItem('i0', String(queueId))).toMatchObject({ account: `${A}@c.us` });
  });
});

describe('a page that does not say whose account it is', () => {
  it('sends nothing until it does, and says why', async () => {
    const fleet = await pairedWithA();
    const { clock, manager, whatsapp } = fleet;
    whatsapp.phone('i0').unlink();
    await showsCode(fleet);
    whatsapp.phone('i0').scan({ number: A });
    whatsapp.browser('i0').say({ type: 'ready', me: null });
    await clock.until(() => manager.get('i0').state === 'ready');
    expect(manager.get('i0')).toMatchObject({
      me: null,
      account: { phoneNumber: A },
      reason: expect.stringContaining('does not say whose account it is'),
    });
    await manager.send('i0', text('patient'), { waitMs: 0 });
    expect(whatsapp.deliveries('i0')).toEqual([]);
    await clock.until(() => whatsapp.deliveries('i0').length === 1);
    expect(manager.get('i0')).toMatchObject({ me: { phoneNumber: A }, reason: null });
  });

  it('by a lid alone is neither another account nor the same', async () => {
    const fleet = await pairedWithA();
    const { clock, manager, whatsapp } = fleet;
    await acceptOffline(fleet, 'for A');
    whatsapp.faults('i0').always('ready', 'silent');
    await clock.until(() => manager.get('i0').detail === 'launching', 30 * 60_000);
    const lid = (number: string) => ({ id: '900@lid', phoneNumber: number || null, pushName: null });
    await clock.until(() => whatsapp.openGeneration('i0') !== null);
    await clock.advance(5_000);
    whatsapp.browser('i0').say({ type: 'ready', me: lid('') });
    await clock.until(() => manager.get('i0').state === 'ready');
    expect(manager.get('i0')).toMatchObject({
      account: { phoneNumber: A },
      reason: expect.stringContaining('lid alone'),
    });
    await clock.advance(20_000);
    expect(manager.get('i0')).toMatchObject({ queueDepth: 1, heldCount: 0 });
    whatsapp.browser('i0').say({ type: 'ready', me: lid(A) });
    await clock.advance(0);
    expect(manager.get('i0')).toMatchObject({
      me: { id: `${A}@c.us`, phoneNumber: A, lid: '900@lid' },
      reason: null,
    });
    // From now on the lid alone says enough.
    whatsapp.browser('i0').say({ type: 'ready', me: lid('') });
    await clock.advance(0);
    expect(manager.get('i0')).toMatchObject({ me: { phoneNumber: A }, reason: null });
    expect(fleet.facts.some(({ type }) => type === 'account.changed')).toBe(false);
  });
});

describe('an instance that expects an account', () => {
  it('unlinks another number before anything of it is told, and asks for a scan again', async () => {
    const fleet = await Fleet.ready(0);
    const { clock, manager, whatsapp, facts } = fleet;
    await manager.create({ id: 'i0', expectedAccount: '+49 151 00000011' });
    await showsCode(fleet);
    expect(manager.get('i0')).toMatchObject({ expectedAccount: A });
    whatsapp.phone('i0').receive({ body: 'before' });
    whatsapp.phone('i0').scan({ number: B });
    whatsapp.phone('i0').receive({ body: 'meanwhile' });
    const inbound = whatsapp.phone('i0').receive({ body: 'early' });
    whatsapp.browser('i0').say({ type: 'inbound', message: inbound });
    await clock.until(() => manager.get('i0').detail !== 'showing');
    await clock.until(() => manager.get('i0').lastError?.code === 'UNEXPECTED_ACCOUNT');
    await showsCode(fleet);
    expect(manager.get('i0')).toMatchObject({ wanted: 'running', me: null, account: null });
    expect(manager.get('i0').lastError?.message).toMatch(/49151.*expects 4915100000011 alone/);
    expect(whatsapp.isPaired('i0')).toBe(false);
    expect(facts.some(({ type, body }) => type === 'instance.state' && body.state === 'ready')).toBe(false);
    expect(facts.some(({ type }) => type === 'message.received')).toBe(false);
    whatsapp.phone('i0').scan({ number: A });
    await clock.until(() => manager.get('i0').state === 'ready');
    whatsapp.phone('i0').receive({ body: 'welcome' });
    await clock.until(() => facts.some(({ type }) => type === 'message.received'));
  });

  it('sends and tells nothing of an account that is known by its lid alone, until its number is said', async () => {
    const fleet = await Fleet.ready(0, { sendIntervalMs: 0 });
    const { clock, manager, whatsapp, facts } = fleet;
    whatsapp.faults('i0').always('ready', 'silent');
    await manager.create({ id: 'i0', expectedAccount: A });
    await showsCode(fleet);
    whatsapp.phone('i0').scan({ number: A });
    await clock.until(() => manager.get('i0').detail !== 'showing');
    await clock.advance(5_000);
    whatsapp.browser('i0').say({ type: 'ready', me: { id: '900@lid', phoneNumber: null, pushName: null } });
    await clock.until(() => manager.get('i0').state === 'ready');
    expect(manager.get('i0').reason).toMatch(/expected/);
    await manager.send('i0', text('for A'), { waitMs: 0 });
    whatsapp.phone('i0').receive({ body: 'for A alone', silent: true });
    await clock.advance(20 * 60_000);
    expect(whatsapp.deliveries('i0')).toEqual([]);
    expect(facts.some(({ type }) => type === 'message.received')).toBe(false);
    const me = { id: `${A}@c.us`, phoneNumber: A, lid: '900@lid', pushName: null };
    whatsapp.browser('i0').say({ type: 'ready', me });
    whatsapp.faults('i0').clear();
    whatsapp.browser('i0').exit();
    await clock.until(() => deliveredBy(fleet).length === 1);
    whatsapp.phone('i0').receive({ body: 'welcome' });
    await clock.until(() => facts.some(({ type }) => type === 'message.received'));
    expect(manager.get('i0').reason).toBeNull();
  });

  it('says what a person has to do where WhatsApp was not told of the unlinking', async () => {
    const fleet = await Fleet.ready(0);
    const { clock, manager, whatsapp } = fleet;
    await manager.create({ id: 'i0', expectedAccount: A });
    await showsCode(fleet);
    whatsapp.faults('i0').next('logout', { reject: 'NETWORK' });
    whatsapp.phone('i0').scan({ number: B });
    await clock.until(() => manager.get('i0').lastError?.code === 'UNEXPECTED_ACCOUNT');
    await clock.until(() => manager.get('i0').detail !== 'loggingOut');
    expect(manager.get('i0').lastError?.message).toMatch(
      /expects .* alone.*remove the device in the phone's list/,
    );
  });

  it('takes no expectation that its account does not meet, and no number that is none', async () => {
    const fleet = await pairedWithA();
    const { manager } = fleet;
    const invalid = { code: 'INVALID_INPUT', details: { path: 'expectedAccount' } };
    await expect(manager.update('i0', { expectedAccount: B })).rejects.toMatchObject(invalid);
    await expect(manager.update('i0', { expectedAccount: '12' })).rejects.toMatchObject(invalid);
    await expect(manager.create({ id: 'x', expectedAccount: 'abc' })).rejects.toMatchObject(invalid);
    expect(await manager.update('i0', { expectedAccount: A })).toMatchObject({ expectedAccount: A });
    expect(await manager.update('i0', { expectedAccount: null })).toMatchObject({ expectedAccount: null });
  });
});

describe('one account on two instances', () => {
  it('is alerted with both names, until one of them is another’s', async () => {
    const fleet = await Fleet.ready(2);
    await scanAs(fleet, A);
    fleet.facts.length = 0;
    await scanAs(fleet, A, 'i1');
    await fleet.clock.until(() => fleet.alerts('alert.raised').length === 1);
    const alert = fleet.facts.find(({ type }) => type === 'alert.raised')?.body;
    expect(alert).toMatchObject({
      name: expect.stringMatching(/^account_on_two_instances:[0-9a-f]{8}$/),
      instances: ['i0', 'i1'],
    });
    expect(JSON.stringify(alert)).not.toContain(A);
    await scanAs(fleet, B, 'i1');
    await fleet.clock.until(() => fleet.alerts('alert.resolved').length === 1);
    expect(fleet.alerts('alert.resolved')).toEqual(fleet.alerts('alert.raised'));
  });

  it('is over when one of them is removed', async () => {
    const fleet = await Fleet.ready(2);
    await scanAs(fleet, A);
    await scanAs(fleet, A, 'i1');
    let isRemoved = false;
    void fleet.manager.remove('i1').then(() => {
      isRemoved = true;
    });
    await fleet.clock.until(() => isRemoved && fleet.alerts('alert.resolved').length === 1);
  });
});
