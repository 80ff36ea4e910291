/** Links that are kept: what a logout was for, codes that would end a link, dialogs for a person, the status. */
import { afterEach, describe, expect, it } from 'vitest';
import type { FactOf } from '../domain/fact.js';
import { simulatedNumber } from '../drivers/simulated/simulated-codes.js';
import type { DriverFailure } from '../ports/driver.js';
import { closeFleets, Fleet } from './fleet.fixture.js';

afterEach(closeFleets);

const LOCKED: DriverFailure = {
  code: 'SESSION_ENDED',
  message: 'WhatsApp Web has ended the session by itself: WhatsApp has locked the account (account_locked).',
  logoutReason: 'account_locked',
};
const of = <T extends 'instance.state' | 'alert.raised' | 'alert.resolved'>(fleet: Fleet, type: T) =>
  fleet.facts.filter((fact): fact is FactOf<T> => fact.type === type);

describe('a logout that does not mean that the phone has unlinked the account', () => {
  it('keeps the profile, goes to the ladder, and stands in view, history and fact', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.browser('i0').say({ type: 'lost', failure: LOCKED });
    await fleet.clock.advance(1);
    expect(fleet.manager.get('i0')).toMatchObject({
      state: 'disconnected',
      reason: LOCKED.message,
      lastError: { code: 'SESSION_ENDED', logoutReason: 'account_locked' },
    });
    await fleet.clock.until(() => fleet.all('ready'));
    expect(fleet.whatsapp.isPaired('i0')).toBe(true);
    const marked = of(fleet, 'instance.state').filter(({ body }) => 'logoutReason' in body);
    expect(marked.map(({ body }) => [body.state, body.detail, body.logoutReason, body.reason])).toEqual([
      ['disconnected', 'closing', 'account_locked', LOCKED.message],
    ]);
    const { items } = await fleet.manager.history('i0');
    expect(items.filter(({ body }) => 'logoutReason' in body)).toHaveLength(1);
  });

  it('is a lost pairing where the page then asks for a scan, with what it was lost for', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.account('i0').unlink();
    fleet.whatsapp.browser('i0').say({ type: 'lost', failure: LOCKED });
    await fleet.clock.until(() => fleet.detail('i0') === 'showing');
    const { reason, lastError } = fleet.manager.get('i0');
    expect(lastError).toMatchObject({ code: 'PAIRING_LOST', logoutReason: 'account_locked' });
    expect(reason).toContain(`Before that: ${LOCKED.message}`);
    expect(of(fleet, 'instance.state').at(-1)?.body.logoutReason).toBe('account_locked');
  });

  it('is not the reason for a pairing that is lost long after it', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.browser('i0').say({ type: 'lost', failure: LOCKED });
    await fleet.clock.advance(1);
    await fleet.clock.until(() => fleet.all('ready'));
    await fleet.clock.advance(3_600_000);
    await fleet.manager.stop('i0');
    await fleet.clock.until(() => fleet.detail('i0') === 'stopped');
    fleet.whatsapp.account('i0').unlink();
    await fleet.manager.start('i0');
    await fleet.clock.until(() => fleet.detail('i0') === 'showing');
    expect(fleet.manager.get('i0').lastError).toEqual({
      code: 'PAIRING_LOST',
      message: 'WhatsApp asks for a new scan.',
      at: expect.any(Number),
    });
  });
});

it('gives the reason why an account was unlinked, which goes for a scan and gives its profile up', async () => {
  const fleet = await Fleet.ready(1);
  const failure = {
    code: 'LOGGED_OUT',
    message: 'The account was unlinked.',
    logoutReason: 'md_opt_out',
  } as const;
  fleet.whatsapp.browser('i0').say({ type: 'lost', failure });
  await fleet.clock.until(() => fleet.detail('i0') === 'showing');
  expect(fleet.whatsapp.isPaired('i0')).toBe(false);
  const reasons = of(fleet, 'instance.state').map(({ body }) => body.logoutReason);
  expect(reasons.filter((reason) => reason !== undefined)).toEqual(['md_opt_out']);
});

describe('a pairing code', () => {
  const number = simulatedNumber('i0');
  const asked = async (fleet: Fleet, phoneNumber: string): Promise<unknown> => {
    let outcome: unknown;
    void fleet.manager.requestPairingCode('new', phoneNumber).then(
      (code) => {
        outcome = code;
      },
      (error: unknown) => {
        outcome = error;
      },
    );
    await fleet.clock.until(() => outcome !== undefined);
    return outcome;
  };

  it('is refused for a number that an instance is linked to, running or not, however it is written', async () => {
    const fleet = await Fleet.ready(1);
    await fleet.manager.create({ id: 'new' });
    const refusal = { code: 'NUMBER_ALREADY_LINKED', details: { id: 'i0', path: 'phoneNumber' } };
    expect(await asked(fleet, `+${number.slice(0, 2)} ${number.slice(2)}`)).toMatchObject(refusal);
    await fleet.manager.stop('i0');
    await fleet.clock.until(() => fleet.detail('i0') === 'stopped');
    expect(await asked(fleet, number)).toMatchObject(refusal);
    expect(await asked(fleet, '4915199999999')).toMatch(/^[A-Z0-9]{8}$/);
  });

  it('is given again once that link is over', async () => {
    const fleet = await Fleet.ready(1);
    await fleet.manager.create({ id: 'new' });
    await fleet.manager.logout('i0');
    await fleet.clock.until(() => fleet.detail('i0') === 'stopped');
    expect(await asked(fleet, number)).toMatch(/^[A-Z0-9]{8}$/);
  });

  it('is refused where the number was linked while the browser for it started', async () => {
    const fleet = await Fleet.ready(1);
    await fleet.manager.logout('i0');
    await fleet.clock.until(() => fleet.detail('i0') === 'stopped');
    await fleet.manager.create({ id: 'new', start: false });
    fleet.whatsapp.pair('i0');
    await fleet.manager.start('i0');
    await fleet.manager.start('new');
    const outcome = asked(fleet, number);
    expect(fleet.all('ready')).toBe(false);
    expect(await outcome).toMatchObject({ code: 'NUMBER_ALREADY_LINKED' });
  });
});

describe('a dialog that only a person can answer', () => {
  const DIALOG = { type: 'actionRequired', heading: 'News', labels: ['Go on'] } as const;

  it('is an alert of its instance, raised once, and over when the dialog is gone; the session runs on', async () => {
    const fleet = await Fleet.ready(2);
    const page = fleet.whatsapp.browser('i0');
    page.say(DIALOG);
    page.say(DIALOG);
    await fleet.clock.advance(1);
    const [raised, ...others] = of(fleet, 'alert.raised');
    expect(others).toEqual([]);
    expect(raised).toMatchObject({
      instanceId: 'i0',
      body: { name: 'action_required', instances: ['i0'], message: expect.stringContaining('"Go on"') },
    });
    expect(fleet.all('ready')).toBe(true);
    page.say({ type: 'actionTaken' });
    page.say({ type: 'actionTaken' });
    await fleet.clock.advance(1);
    expect(of(fleet, 'alert.resolved').map(({ instanceId }) => instanceId)).toEqual(['i0']);
  });

  it('is over with the browser that showed it', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.browser('i0').say(DIALOG);
    fleet.whatsapp.browser('i0').exit();
    await fleet.clock.advance(1);
    await fleet.clock.until(() => fleet.all('ready'));
    expect(fleet.alerts('alert.resolved')).toEqual(['action_required']);
  });
});

describe('the status that came while an instance was down', () => {
  const received = async (options: Parameters<typeof Fleet.ready>[1]): Promise<string[]> => {
    const fleet = await Fleet.ready(1, options);
    await fleet.manager.stop('i0');
    await fleet.clock.until(() => fleet.detail('i0') === 'stopped');
    const phone = fleet.whatsapp.phone('i0');
    phone.receive({ from: '4915100000001@c.us', chat: 'status@broadcast', body: 'A day at the sea' });
    phone.receive({ body: 'Hello' });
    await fleet.manager.start('i0');
    await fleet.clock.until(() => fleet.all('ready'));
    await fleet.clock.advance(1_000);
    return fleet.facts.flatMap((fact) => (fact.type === 'message.received' ? [fact.body.body] : []));
  };

  it('is not fetched', async () => {
    expect(await received({})).toEqual(['Hello']);
  });

  it('is fetched where that is asked for, unless the status is ignored altogether', async () => {
    expect((await received({ backfillStatus: true })).sort()).toEqual(['A day at the sea', 'Hello']);
    expect(await received({ backfillStatus: true, ignoreChats: ['status'] })).toEqual(['Hello']);
  });

  it('is an event all the same while the instance is ready', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.phone('i0').receive({ chat: 'status@broadcast', body: 'Live' });
    await fleet.clock.advance(1);
    expect(fleet.facts.some((fact) => fact.type === 'message.received' && fact.body.body === 'Live')).toBe(
      true,
    );
  });
});
