/** A link that WhatsApp wants confirmed with a passkey, through the manager: what people see, and what they must never find. */
import { afterEach, describe, expect, it } from 'vitest';
import { isLifecycleError } from '../domain/errors.js';
import type { Fact } from '../domain/fact.js';
import type { PasskeyAssertion } from '../domain/passkey.js';
import { simulatedDriver } from '../drivers/simulated/simulated-driver.js';
import { type SimulatedPasskeyRules, simulatedAssertion } from '../drivers/simulated/simulated-passkey.js';
import { SimulatedWhatsApp } from '../drivers/simulated/simulated-whatsapp.js';
import { VirtualClock } from '../ports/virtual-clock.js';
import { MemoryData } from '../stores/memory/memory-data.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { InstanceManager } from './instance-manager.js';

const MINUTE = 60_000;

/** The instance "shop", whose account wants a passkey. */
class Linking {
  readonly clock = new VirtualClock();
  readonly whatsapp = new SimulatedWhatsApp();
  readonly data = new MemoryData();
  readonly facts: Fact[] = [];
  readonly lines: unknown[] = [];
  manager!: InstanceManager;

  /** Scanned, and waiting for the passkey. */
  static async begun(rules?: SimulatedPasskeyRules): Promise<Linking> {
    const linking = await Linking.showing(rules);
    linking.whatsapp.phone('shop').scan();
    await linking.until('passkey');
    return linking;
  }

  static async showing(rules: SimulatedPasskeyRules = {}): Promise<Linking> {
    const linking = new Linking();
    open.push(linking);
    const line = (...said: unknown[]) => void linking.lines.push(said);
    linking.manager = await InstanceManager.open({
      driver: simulatedDriver({ whatsapp: linking.whatsapp, clock: linking.clock }),
      store: memoryStore({ data: linking.data }),
      clock: linking.clock,
      checkHost: async () => true,
      log: { debug: line, info: line, warn: line, error: line },
    });
    linking.manager.subscribe((fact) => linking.facts.push(fact));
    linking.whatsapp.requirePasskey('shop', rules);
    await linking.manager.create({ id: 'shop' });
    await linking.until('showing');
    return linking;
  }

  get view() {
    return this.manager.get('shop');
  }
  get assertion(): PasskeyAssertion {
    const { passkey } = this.view;
    if (!passkey) throw new Error('No passkey is asked for.');
    return simulatedAssertion(passkey.options);
  }
  get told(): readonly string[] {
    return this.facts.map(({ type }) => type).filter((type) => type.startsWith('passkey.'));
  }
  body(type: Fact['type']): unknown {
    return this.facts.findLast((fact) => fact.type === type)?.body;
  }
  until(word: string): Promise<number> {
    return this.clock.until(() => [this.view.state, this.view.detail].includes(word));
  }
  async settled<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const mark = () => {
      isOver = true;
    };
    promise.then(mark, mark);
    await this.clock.until(() => isOver);
    return promise;
  }
  submit(assertion: unknown = this.assertion) {
    return this.settled(this.manager.submitPasskey('shop', assertion));
  }
  async refused(assertion?: unknown): Promise<{ code: string; message: string }> {
    try {
      await this.submit(assertion);
    } catch (error) {
      if (isLifecycleError(error)) return error;
      throw error;
    }
    throw new Error('It was taken.');
  }
}
const open: Linking[] = [];
afterEach(async () => {
  for (const linking of open.splice(0)) await linking.settled(linking.manager.close());
});

describe('a link that needs a passkey', () => {
  it('waits in needs_qr and says what to do, until when, with which options', async () => {
    const linking = await Linking.begun();
    const { view, clock } = linking;
    expect(view).toMatchObject({ state: 'needs_qr', detail: 'passkey', me: null, retryAt: null });
    expect(view.reason).toMatch(/wakeeper passkey shop/);
    expect(view.passkey).toEqual({
      options: expect.objectContaining({ rpId: 'whatsapp.com', userVerification: 'required' }),
      stage: 'assertion',
      code: null,
      expiresAt: expect.any(Number),
    });
    expect(view.passkey?.expiresAt).toBeLessThanOrEqual(clock.now() + 5 * MINUTE);
    expect(linking.body('passkey.required')).toEqual({
      options: view.passkey?.options,
      expiresAt: view.passkey?.expiresAt,
    });
  });

  it('refuses a send with what is to be done, which is no scan', async () => {
    const linking = await Linking.begun();
    const content = { type: 'message', payload: { to: '4915112345678', text: 'x' } } as const;
    const receipt = await linking.settled(linking.manager.send('shop', content));
    expect(receipt).toMatchObject({ status: 'failed', errorCode: 'NEEDS_QR' });
    expect(JSON.stringify(receipt)).toContain('wakeeper passkey shop');
    await expect(linking.settled(linking.manager.whenReady('shop'))).rejects.toThrow(/wakeeper passkey shop/);
  });

  it('goes on with the assertion, and is ready', async () => {
    const linking = await Linking.begun();
    const given = await linking.submit();
    expect(given).toMatchObject({ state: 'connecting', passkey: null });
    await linking.until('ready');
    expect(linking.view).toMatchObject({ passkey: null, restarts: { used: 0 } });
    expect(linking.told).toEqual(['passkey.required']);
    expect(linking.whatsapp.openings('shop')).toHaveLength(1);
  });

  it('shows the code that a person compares, and waits for that', async () => {
    const linking = await Linking.begun({ code: true });
    const { passkey, detail } = await linking.submit();
    expect([detail, passkey?.stage]).toEqual(['confirming', 'code']);
    const code = passkey?.code ?? '';
    expect(linking.body('passkey.code')).toEqual({ code, confirm: true, expiresAt: passkey?.expiresAt });
    expect(linking.view.reason).toMatch(/Compare the code/);
    linking.whatsapp.phone('shop').comparePasskeyCode(code);
    await linking.until('ready');
    expect(linking.told).toEqual(['passkey.required', 'passkey.code']);
  });

  it('outlasts QR_TIMEOUT_MS, and ends without a restart when the passkey does not come in time', async () => {
    const linking = await Linking.begun();
    await linking.clock.advance(4.9 * MINUTE);
    expect(linking.view.detail).toBe('passkey');
    await linking.until('expired');
    expect(linking.view).toMatchObject({ state: 'needs_qr', passkey: null, restarts: { used: 0 } });
    expect(linking.body('passkey.failed')).toEqual({ reason: expect.stringMatching(/did not come in time/) });
    expect(linking.view.reason).toMatch(/did not come in time. Ask for the code to begin again/);
    expect(linking.whatsapp.browsers).toBe(0);
    await linking.clock.advance(60 * MINUTE);
    expect(linking.whatsapp.openings('shop')).toHaveLength(1);
    // Asked for again it begins anew.
    void linking.manager.qr('shop').catch(() => {});
    await linking.until('showing');
  });

  it('ends when the code is not compared in time', async () => {
    const linking = await Linking.begun({ code: true });
    await linking.submit();
    await linking.clock.advance(4.9 * MINUTE);
    expect(linking.view.detail).toBe('confirming');
    await linking.until('expired');
    expect(linking.body('passkey.failed')).toEqual({ reason: expect.stringMatching(/did not confirm/) });
  });

  it('ends when WhatsApp refuses the assertion', async () => {
    const linking = await Linking.begun({ refuse: true });
    await linking.submit();
    await linking.until('expired');
    expect(linking.body('passkey.failed')).toEqual({ reason: 'WhatsApp refused the passkey.' });
    expect(linking.view.restarts.used).toBe(0);
  });

  it.each([
    ['is killed', (linking: Linking) => linking.whatsapp.browser('shop').exit(), /browser .* ended/],
    ['crashes', (linking: Linking) => linking.whatsapp.browser('shop').crash(), /page .* crashed/],
  ])('ends in expired, without a restart, when its browser %s', async (_, strike, why) => {
    const linking = await Linking.begun();
    strike(linking);
    await linking.until('expired');
    expect(linking.body('passkey.failed')).toEqual({ reason: expect.stringMatching(why) });
    expect(linking.view).toMatchObject({ state: 'needs_qr', restarts: { used: 0 } });
    await linking.clock.advance(60 * MINUTE);
    expect(linking.whatsapp.openings('shop')).toHaveLength(1);
  });

  it('begins anew when WhatsApp asks again: the new options are a fact, and have their own time', async () => {
    const linking = await Linking.showing();
    const ask = async (challenge: string, minutes: number) => {
      const expiresAt = linking.clock.now() + minutes * MINUTE;
      const options = { challenge };
      linking.whatsapp.browser('shop').say({ type: 'passkeyRequired', options, expiresAt });
      await linking.clock.advance(0.5 * MINUTE);
      expect(linking.view).toMatchObject({ detail: 'passkey', passkey: { options, expiresAt } });
      expect(linking.body('passkey.required')).toEqual({ options, expiresAt });
    };
    await ask('Y2hhbGxlbmdl', 1);
    await ask('YW5vdGhlciBjaGFsbGVuZ2U', 4);
    await linking.clock.advance(2 * MINUTE);
    expect(linking.view.detail).toBe('passkey');
    await ask('b25lIG1vcmU', 0.75);
    await linking.until('expired');
    expect(linking.told).toEqual([
      'passkey.required',
      'passkey.required',
      'passkey.required',
      'passkey.failed',
    ]);
  });

  it('waits ten minutes at the most, also where an adapter asks for more', async () => {
    const linking = await Linking.showing();
    const options = { challenge: 'Y2hhbGxlbmdl' };
    linking.whatsapp.browser('shop').say({ type: 'passkeyRequired', options, expiresAt: Number.MAX_VALUE });
    await linking.clock.advance(9.9 * MINUTE);
    expect(linking.view.detail).toBe('passkey');
    await linking.clock.advance(0.2 * MINUTE);
    expect(linking.view.detail).not.toBe('passkey');
  });

  it('is stopped, restarted and unlinked as any other', async () => {
    const linking = await Linking.begun();
    await linking.settled(linking.manager.restart('shop', { mode: 'hard' }));
    await linking.until('showing');
    expect([linking.view.passkey, linking.view.restarts.used]).toEqual([null, 1]);
    linking.whatsapp.phone('shop').scan();
    await linking.until('passkey');
    await linking.settled(linking.manager.stop('shop'));
    await linking.until('stopped');
    expect(linking.view.passkey).toBeNull();
    await linking.settled(linking.manager.start('shop'));
    await linking.until('showing');
    linking.whatsapp.phone('shop').scan();
    await linking.until('passkey');
    await linking.settled(linking.manager.logout('shop'));
    await linking.until('stopped');
    expect(linking.told).not.toContain('passkey.failed');
  });

  it('shows no code to scan meanwhile, and says why', async () => {
    const linking = await Linking.begun();
    const refused = linking.manager.qr('shop', { timeoutMs: 60_000 });
    await expect(refused).rejects.toMatchObject({
      code: 'NO_QR',
      message: expect.stringMatching(/scanned already.*wakeeper passkey shop/),
    });
  });
});

describe('an assertion', () => {
  it('is refused where no passkey is asked for, and a second one too', async () => {
    const linking = await Linking.begun({ code: true });
    const { assertion } = linking;
    await linking.submit(assertion);
    expect(await linking.refused(assertion)).toMatchObject({
      code: 'NO_PASSKEY',
      message: expect.stringMatching(/has one already/),
    });
    await linking.settled(linking.manager.stop('shop'));
    await linking.until('stopped');
    expect(await linking.refused(assertion)).toMatchObject({
      code: 'NO_PASSKEY',
      message: expect.stringMatching(/disconnected \(stopped\).*Scan its code first/),
    });
  });

  it('of another challenge is refused while the page goes on waiting for the right one', async () => {
    const linking = await Linking.begun();
    const other = simulatedAssertion({ challenge: 'b3RoZXI' });
    expect(await linking.refused(other)).toMatchObject({ code: 'INVALID_INPUT' });
    await linking.submit();
    await linking.until('ready');
  });

  it('that the page did not take is refused as none that is due, or as a page that hangs', async () => {
    const linking = await Linking.begun();
    linking.whatsapp.faults('shop').next('submitPasskey', { reject: 'PROBE_FAILED' });
    expect((await linking.refused()).code).toBe('NO_PASSKEY');
    linking.whatsapp.faults('shop').next('submitPasskey', 'hang');
    expect((await linking.refused()).code).toBe('TIMEOUT');
    linking.whatsapp.faults('shop').next('submitPasskey', { reject: 'PAGE_CRASHED' });
    expect((await linking.refused()).code).toBe('INSTANCE_NOT_READY');
    await linking.submit();
    await linking.until('ready');
  });

  it('is nowhere afterwards: not in the log, the store, the facts, the view or an error', async () => {
    const linking = await Linking.begun({ code: true });
    const { assertion } = linking;
    const secrets = [assertion.id, ...Object.values(assertion.response).filter((one) => one !== null)];
    const errors: unknown[] = [];
    const note = async (given: unknown) => {
      const { code, message, details, cause } = (await linking.refused(given)) as unknown as Error & {
        code: string;
        details: unknown;
      };
      errors.push([code, message, details, String(cause)]);
    };
    linking.whatsapp.faults('shop').next('submitPasskey', { reject: 'PROBE_FAILED' });
    await note(assertion);
    linking.whatsapp.faults('shop').next('submitPasskey', 'hang');
    await note(assertion);
    await note({ ...assertion, rawId: '!' });
    const given = await linking.submit(assertion);
    await note(assertion);
    linking.whatsapp.phone('shop').comparePasskeyCode(given.passkey?.code ?? '');
    await linking.until('ready');
    const { items } = await linking.manager.history('shop', { limit: 500 });
    const kept = JSON.stringify([
      linking.lines,
      linking.facts,
      [...linking.data.instances.values()],
      linking.data.facts,
      linking.view,
      items,
      errors,
    ]);
    expect(kept).toContain('passkey.required');
    for (const secret of secrets) expect(kept).not.toContain(secret);
  });
});
