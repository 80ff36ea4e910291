import { describe, expect, it } from 'vitest';
import type { DriverEvent, FailureCode, SendReport } from '../../ports/driver.js';
import { VirtualClock } from '../../ports/virtual-clock.js';
import type { SimulatedDriver, SimulatedDriverOptions } from './simulated-driver.js';
import { simulatedDriver } from './simulated-driver.js';

const ID = 'shop';
const TO = '4915100000099@c.us';

/** One instance on a driver, and what it has heard. */
class Shop {
  readonly clock = new VirtualClock();
  readonly heard: DriverEvent[] = [];
  driver: SimulatedDriver;
  generation = 0;

  constructor(options: SimulatedDriverOptions = {}) {
    this.driver = simulatedDriver({ clock: this.clock, ...options });
  }
  get whatsapp() {
    return this.driver.whatsapp;
  }
  get types(): readonly string[] {
    return this.heard.map((event) => event.type);
  }
  get ref() {
    return { instanceId: ID, generation: this.generation, deadlineMs: 1_000 };
  }

  open(): Promise<void> {
    this.generation++;
    this.heard.length = 0;
    return this.driver.open({
      ...this.ref,
      rung: 'hard',
      proxy: null,
      signal: new AbortController().signal,
      hear: (event) => this.heard.push(event),
    });
  }
  async hears(type: DriverEvent['type']): Promise<void> {
    await this.clock.until(() => this.types.includes(type));
  }
  async ready(): Promise<void> {
    if (!this.whatsapp.isPaired(ID)) this.whatsapp.pair(ID);
    await Promise.all([this.open(), this.hears('ready')]);
  }
  async close(mode: 'graceful' | 'kill' = 'graceful'): Promise<void> {
    await this.outcome(this.driver.close({ instanceId: ID, mode, deadlineMs: 5_000 }));
  }
  /** The same world, seen by the next process. */
  async restart(): Promise<void> {
    this.driver.die();
    this.driver = simulatedDriver({ clock: this.clock, whatsapp: this.whatsapp });
    await this.ready();
  }
  /** The value, or the code of the failure. */
  async outcome<T>(promise: Promise<T>): Promise<T | FailureCode> {
    let result: { value: T | FailureCode } | undefined;
    promise.then(
      (value) => {
        result = { value };
      },
      (error) => {
        result = { value: error.failure.code };
      },
    );
    await this.clock.until(() => result !== undefined);
    return (result as { value: T | FailureCode }).value;
  }
  send(messageKey: string): Promise<SendReport> {
    const content = { type: 'message', payload: { to: TO, text: messageKey } } as const;
    return this.outcome(this.driver.send({ ...this.ref, content, messageKey })) as Promise<SendReport>;
  }
  find(messageKey: string) {
    return this.outcome(this.driver.findSent({ ...this.ref, to: TO, messageKey }));
  }
  get delivered(): readonly string[] {
    return this.whatsapp.deliveries(ID).map(({ messageKey }) => messageKey);
  }
  get framed(): readonly string[] {
    return this.whatsapp.frames(ID).map(({ messageKey }) => messageKey);
  }
}

describe('faults of an opening', () => {
  it('hangs until it is given up, or rejects with the code that was asked for, and only as often', async () => {
    const shop = new Shop();
    shop.whatsapp.pair(ID);
    shop.whatsapp.faults(ID).next('open', 'hang').next('open', { reject: 'NETWORK' });
    const hanging = shop.open().catch((error) => error.failure.code);
    await shop.clock.advance(3_600_000);
    await shop.close();
    expect(await hanging).toBe('ABORTED');
    expect(await shop.outcome(shop.open())).toBe('NETWORK');
    expect(shop.whatsapp.openGeneration(ID)).toBe(2);
    await shop.close();
    await shop.ready();
  });

  it.each([
    ['never', ['syncProgress', 'authenticated']],
    ['silent', []],
    ['twice', ['syncProgress', 'authenticated', 'pageTested', 'ready', 'authenticated', 'ready']],
    ['early', ['authenticated', 'pageTested', 'ready']],
    [{ lost: 'INCOMPATIBLE_PAGE' }, ['syncProgress', 'authenticated', 'lost']],
    [{ pageError: 'x is not a function' }, ['syncProgress', 'authenticated', 'pageError']],
  ] as const)('says after the page has loaded, with the fault %j, %j', async (fault, said) => {
    const shop = new Shop();
    shop.whatsapp.pair(ID);
    shop.whatsapp.faults(ID).next('ready', fault);
    expect(await shop.outcome(shop.open())).toBeUndefined();
    await shop.clock.advance(3_600_000);
    expect(shop.types).toEqual(said);
  });

  it('can synchronize for ever', async () => {
    const shop = new Shop();
    shop.whatsapp.pair(ID);
    shop.whatsapp.faults(ID).next('ready', 'endlessSync');
    await shop.outcome(shop.open());
    await shop.clock.advance(600_000);
    expect(new Set(shop.types)).toEqual(new Set(['syncProgress']));
    expect(shop.types.length).toBeGreaterThan(500);
  });

  it('lets the phone scan by itself, and shows a new code every twenty seconds until then', async () => {
    const shop = new Shop({ scanAfterMs: 50_000 });
    await Promise.all([shop.open(), shop.hears('ready')]);
    expect(shop.types.filter((type) => type === 'qr')).toHaveLength(3);
    expect(shop.clock.pending).toBe(0);
  });

  it('removes the profile of whoever uses a client again that saw a logout', async () => {
    const shop = new Shop();
    await shop.ready();
    shop.whatsapp.phone(ID).unlink();
    await shop.outcome(shop.driver.close({ instanceId: ID, mode: 'soft', deadlineMs: 1_000 }));
    shop.generation++;
    const hear = (event: DriverEvent): number => shop.heard.push(event);
    const signal = new AbortController().signal;
    await shop.outcome(shop.driver.open({ ...shop.ref, rung: 'soft', proxy: null, signal, hear }));
    shop.whatsapp.phone(ID).scan();
    await shop.clock.until(() => shop.types.filter((type) => type === 'lost').length === 2);
    expect(shop.whatsapp.isPaired(ID)).toBe(false);
  });
});

describe('faults of a send', () => {
  it.each([
    ['lostAnswer', true, ['K']],
    ['lostCall', false, []],
  ] as const)('loses the answer (%s): found is %s, delivered is %j', async (fault, found, delivered) => {
    const shop = new Shop();
    await shop.ready();
    shop.whatsapp.faults(ID).next('send', fault);
    const report = await shop.send('K');
    expect(report.outcome).toBe('unknown');
    if (report.outcome === 'unknown') await report.settled;
    expect(await shop.find('K')).toMatchObject(found ? { found } : { found, proof: true });
    expect(shop.delivered).toEqual(delivered);
  });

  it('misses the deadline and delivers afterwards, and settles then', async () => {
    const shop = new Shop();
    await shop.ready();
    shop.whatsapp.faults(ID).next('send', { lateMs: 5_000 });
    const report = await shop.send('K');
    if (report.outcome !== 'unknown') throw new Error(report.outcome);
    expect(await shop.find('K')).toEqual({ found: false, proof: false });
    let settledAt = 0;
    void report.settled.then(() => {
      settledAt = shop.clock.now();
    });
    const start = shop.clock.now();
    await shop.clock.until(() => settledAt > 0);
    expect(settledAt - start).toBe(4_000);
    expect(shop.delivered).toEqual(['K']);
    expect(await shop.find('K')).toMatchObject({ found: true });
  });

  it('hangs without a proof until the generation is closed', async () => {
    const shop = new Shop();
    await shop.ready();
    shop.whatsapp.faults(ID).next('send', 'hang');
    const report = await shop.send('K');
    if (report.outcome !== 'unknown') throw new Error(report.outcome);
    let isSettled = false;
    void report.settled.then(() => {
      isSettled = true;
    });
    await shop.clock.advance(3_600_000);
    expect([isSettled, await shop.find('K')]).toEqual([false, { found: false, proof: false }]);
    await shop.close();
    await shop.clock.until(() => isSettled);
    expect(shop.delivered).toEqual([]);
  });

  it('can be unsent or refused', async () => {
    const shop = new Shop();
    await shop.ready();
    shop.whatsapp
      .faults(ID)
      .next('send', { unsent: 'PAGE_UNAVAILABLE' })
      .next('send', { refused: 'MEDIA_TOO_LARGE' });
    expect(await shop.send('K')).toMatchObject({ outcome: 'unsent', code: 'PAGE_UNAVAILABLE' });
    expect(await shop.send('K')).toMatchObject({ outcome: 'refused', code: 'MEDIA_TOO_LARGE' });
    expect(await shop.send('K')).toMatchObject({ outcome: 'added' });
  });

  it('keeps a stuck message in the page until the socket is back, or the page loads again', async () => {
    const shop = new Shop();
    await shop.ready();
    shop.whatsapp.faults(ID).next('ack', 'stuck');
    await shop.send('K');
    shop.whatsapp.browser(ID).setSocketState('TIMEOUT');
    await shop.send('L');
    await shop.clock.advance(60_000);
    expect(shop.delivered).toEqual([]);
    shop.whatsapp.browser(ID).setSocketState('CONNECTED');
    await shop.hears('ack');
    expect(shop.delivered).toEqual(['K', 'L']);
    shop.whatsapp.faults(ID).next('ack', 'stuck');
    await shop.send('M');
    await shop.restart();
    await shop.hears('ack');
    expect(shop.delivered).toEqual(['K', 'L', 'M']);
  });

  it('acknowledges with an error what it does not deliver, and takes the same key again', async () => {
    const shop = new Shop();
    await shop.ready();
    shop.whatsapp.faults(ID).next('ack', 'error');
    await shop.send('K');
    await shop.hears('ack');
    expect(await shop.find('K')).toMatchObject({ found: true, ack: -1 });
    expect(shop.delivered).toEqual([]);
    await shop.send('K');
    expect(shop.delivered).toEqual(['K']);
  });

  it('acknowledges up to what was asked for', async () => {
    const shop = new Shop({ ackUpTo: 3 });
    await shop.ready();
    await shop.send('K');
    await shop.clock.advance(1_000);
    expect(shop.heard.flatMap((event) => (event.type === 'ack' ? [event.ack] : []))).toEqual([1, 2, 3]);
  });
});

describe('the world behind the driver', () => {
  it('takes a message once, whatever arrives, and keeps the order of the first arrivals', async () => {
    const shop = new Shop();
    await shop.ready();
    for (const key of ['K', 'L', 'K']) await shop.send(key);
    expect(shop.framed).toEqual(['K', 'L']);
    shop.whatsapp.forgetHistory(ID);
    await shop.send('K');
    expect(shop.framed).toEqual(['K', 'L', 'K']);
    expect(shop.delivered).toEqual(['K', 'L']);
    expect(shop.whatsapp.deliveries(ID)[0]).toBe(shop.whatsapp.frames(ID)[0]);
  });

  it('can be counted in parts: records are forgotten, the pairing and the history are not', async () => {
    const shop = new Shop();
    await shop.ready();
    await shop.send('K');
    shop.whatsapp.forgetRecords(ID);
    expect([shop.framed, shop.delivered, shop.whatsapp.openings(ID)]).toEqual([[], [], []]);
    await shop.send('L');
    expect([shop.framed, shop.delivered]).toEqual([['L'], ['L']]);
    expect([shop.whatsapp.isPaired(ID), await shop.find('K')]).toMatchObject([true, { found: true }]);
  });

  it('says nothing after a close, even with a call on its way', async () => {
    const shop = new Shop();
    await Promise.all([shop.open(), shop.hears('qr')]);
    const heard = [...shop.heard];
    const asked = shop.driver
      .requestPairingCode({ ...shop.ref, phoneNumber: '4915112345678' })
      .catch((error) => error.failure.code);
    await shop.close('kill');
    expect([await asked, shop.heard]).toEqual(['ABORTED', heard]);
  });

  it('outlives a process that is killed: delivered messages are known, and found again', async () => {
    const shop = new Shop();
    await shop.ready();
    shop.whatsapp.faults(ID).next('ack', 'withhold');
    await shop.send('K');
    await shop.restart();
    await shop.hears('ack');
    expect(await shop.find('K')).toMatchObject({ found: true, ack: 1 });
    expect([shop.framed, shop.delivered]).toEqual([['K', 'K'], ['K']]);
    expect(shop.types).not.toContain('qr');
  });

  it('hears nothing of a killed process any more, and its browser is gone', async () => {
    const shop = new Shop();
    await shop.ready();
    const { driver } = shop;
    const heard = shop.heard.length;
    let isAnswered = false;
    const answer = (): void => {
      isAnswered = true;
    };
    driver.probe({ ...shop.ref, deadlineMs: 1 }).then(answer, answer);
    await shop.clock.advance(1);
    expect(isAnswered).toBe(true);
    isAnswered = false;
    driver.die();
    driver.probe(shop.ref).then(answer, answer);
    driver.close({ instanceId: ID, mode: 'kill', deadlineMs: 1 }).then(answer, answer);
    await shop.clock.advance(3_600_000);
    expect([isAnswered, shop.heard.length, shop.whatsapp.browsers]).toEqual([false, heard, 0]);
  });

  it('has in its history what came while it was not ready, and tells of it where it is asked to', async () => {
    for (const tells of [false, true]) {
      const shop = new Shop();
      shop.whatsapp.pair(ID);
      if (tells) shop.whatsapp.faults(ID).next('offline', 'told');
      const { id } = shop.whatsapp.phone(ID).receive({ body: 'Good morning' });
      await shop.ready();
      expect(shop.types.at(-1)).toBe(tells ? 'inbound' : 'ready');
      const fetch = { ...shop.ref, since: 0, limit: 9, ignore: [] };
      expect(await shop.driver.fetchMessages(fetch)).toMatchObject({ messages: [{ id }], more: false });
    }
  });

  it('can say anything with the voice of a page, and of the one before', async () => {
    const shop = new Shop();
    await shop.ready();
    await shop.close();
    const before = [...shop.heard];
    shop.generation++;
    const second: DriverEvent[] = [];
    const signal = new AbortController().signal;
    const hear = (event: DriverEvent): number => second.push(event);
    await shop.outcome(shop.driver.open({ ...shop.ref, rung: 'hard', proxy: null, signal, hear }));
    shop.whatsapp.browser(ID).sayAsGenerationBefore({ type: 'qrStalled' });
    shop.whatsapp.browser(ID).say({ type: 'scanned' });
    expect(shop.heard).toEqual([...before, { type: 'qrStalled' }]);
    expect(second).toContainEqual({ type: 'scanned' });
  });

  it('asks an injector about every call that has no scripted fault', async () => {
    const asked: string[] = [];
    const { SimulatedWhatsApp } = await import('./simulated-whatsapp.js');
    const whatsapp = new SimulatedWhatsApp({
      injectFault: (kind, instanceId) => {
        asked.push(`${instanceId} ${kind}`);
        return undefined;
      },
    });
    const shop = new Shop({ whatsapp });
    await shop.ready();
    await shop.send('K');
    expect(asked).toEqual(['shop open', 'shop ready', 'shop offline', 'shop send', 'shop ack']);
  });

  it('counts attempts to open two browsers on one profile, of two processes too', async () => {
    const shop = new Shop();
    await shop.ready();
    const other = simulatedDriver({ clock: shop.clock, whatsapp: shop.whatsapp });
    const signal = new AbortController().signal;
    const opened = other.open({
      instanceId: ID,
      generation: 9,
      rung: 'hard',
      proxy: null,
      signal,
      hear: () => {},
    });
    expect(await shop.outcome(opened)).toBe('PROFILE_IN_USE');
    expect(shop.whatsapp.collisions(ID)).toBe(1);
  });

  it('costs nothing while it is ready and idle: not one timer for two hundred instances', async () => {
    const shop = new Shop();
    let readies = 0;
    for (let i = 0; i < 200; i++) {
      const { signal } = new AbortController();
      const instanceId = `idle-${i}`;
      shop.whatsapp.pair(instanceId);
      const hear = (event: DriverEvent): void => {
        if (event.type === 'ready') readies++;
      };
      void shop.driver.open({ instanceId, generation: 1, rung: 'hard', proxy: null, signal, hear });
    }
    await shop.clock.until(() => readies === 200);
    expect(shop.clock.pending).toBe(0);
  });
});
