import { afterEach, describe, expect, it } from 'vitest';
import { simulatedDriver } from '../drivers/simulated/simulated-driver.js';
import type { NumberRequest } from '../ports/driver.js';
import { VirtualClock } from '../ports/virtual-clock.js';
import { MemoryData } from '../stores/memory/memory-data.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { InstanceManager } from './instance-manager.js';
import type { ManagerOptions, SendOptions } from './manager-options.js';

const HOUR_MS = 3_600_000;
const ANN = '4915123456789';
const BEN = '4915123456780';
const NOBODY = '999123456789';
/** As its owner writes it, and as WhatsApp has it. */
const LENGTHENED = { written: '5531987654321', registered: '553187654321' };

/** An instance, what was asked about numbers, and what was logged. */
class Shop {
  readonly clock = new VirtualClock();
  readonly data = new MemoryData();
  readonly driver = simulatedDriver({ clock: this.clock });
  readonly asked: string[] = [];
  readonly warnings: object[] = [];
  /** Stands between the question and its answer. */
  before: (phoneNumber: string) => Promise<void> = async () => {};
  readonly manager: Promise<InstanceManager>;

  constructor(options: Partial<ManagerOptions>) {
    const lookUp = this.driver.lookupNumber.bind(this.driver);
    this.driver.lookupNumber = async (request: NumberRequest) => {
      this.asked.push(request.phoneNumber);
      await this.before(request.phoneNumber);
      return lookUp(request);
    };
    this.driver.whatsapp.pair('shop');
    this.manager = InstanceManager.open({
      driver: this.driver,
      store: memoryStore({ data: this.data }),
      clock: this.clock,
      checkHost: async () => true,
      sendIntervalMs: 0,
      // Days pass here.
      healthCheckIntervalMs: 24 * HOUR_MS,
      log: { debug() {}, info() {}, warn: (fields) => void this.warnings.push(fields), error() {} },
      ...options,
    });
  }

  /** What becomes of a promise while time passes. */
  async ended<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    promise.then(over, over);
    await this.clock.until(() => isOver);
    return promise;
  }
  async ready(): Promise<void> {
    const manager = await this.manager;
    await manager.create({ id: 'shop' });
    await this.ended(manager.whenReady('shop'));
  }
  async send(to: string, text = 'Hello', options: SendOptions = {}) {
    return this.ended((await this.manager).send('shop', { type: 'message', payload: { to, text } }, options));
  }
  get delivered() {
    return this.driver.whatsapp.deliveries('shop').map(({ content }) => content.payload);
  }
}

const shops: Shop[] = [];
function shopWith(options: Partial<ManagerOptions> = { resolveRecipients: true }): Shop {
  const shop = new Shop(options);
  shops.push(shop);
  return shop;
}
async function readyShop(options?: Partial<ManagerOptions>): Promise<Shop> {
  const shop = shopWith(options);
  await shop.ready();
  return shop;
}
afterEach(async () => {
  for (const shop of shops.splice(0)) await shop.ended((await shop.manager).close());
});

describe('the recipient of a send', () => {
  it('is not looked up unless that is asked for', async () => {
    const shop = await readyShop({});
    expect(await shop.send(ANN)).toMatchObject({ status: 'sent' });
    expect(shop.asked).toEqual([]);
  });

  it('who is not on WhatsApp is refused, and nothing is stored', async () => {
    const shop = await readyShop();
    expect(await shop.send(NOBODY)).toEqual({
      status: 'failed',
      instanceState: 'ready',
      queueDepth: 0,
      messageId: null,
      queueId: null,
      error: expect.stringContaining(NOBODY),
      errorCode: 'RECIPIENT_NOT_FOUND',
    });
    expect(shop.data.itemIds.size).toBe(0);
    const poll = { to: NOBODY, question: 'Anybody?', options: ['yes', 'no'] };
    const receipt = await shop.ended((await shop.manager).send('shop', { type: 'poll', payload: poll }));
    expect(receipt).toMatchObject({ errorCode: 'RECIPIENT_NOT_FOUND', queueId: null });
    expect(shop.data.itemIds.size).toBe(0);
  });

  it('is written to under the number that WhatsApp has', async () => {
    const shop = await readyShop();
    expect(await shop.send(LENGTHENED.written)).toMatchObject({ status: 'sent' });
    expect(shop.delivered).toEqual([{ to: `${LENGTHENED.registered}@c.us`, text: 'Hello' }]);
  });

  it('is looked up once for all sends of a day, also for those that come at the same time', async () => {
    const shop = await readyShop();
    await Promise.all([shop.send(ANN, 'One'), shop.send(`${ANN}@c.us`, 'Two')]);
    await shop.clock.advance(23 * HOUR_MS);
    await shop.send(ANN, 'Three');
    expect(shop.asked).toEqual([ANN]);
    await shop.clock.advance(2 * HOUR_MS);
    await shop.send(ANN, 'Four');
    expect(shop.asked).toEqual([ANN, ANN]);
    expect(shop.delivered.map((payload) => 'text' in payload && payload.text)).toEqual([
      'One',
      'Two',
      'Three',
      'Four',
    ]);
  });

  it('who is not on WhatsApp may be there ten minutes later', async () => {
    const shop = await readyShop();
    await shop.send(NOBODY);
    await shop.clock.advance(9 * 60_000);
    await shop.send(NOBODY);
    expect(shop.asked).toEqual([NOBODY]);
    await shop.clock.advance(2 * 60_000);
    await shop.send(NOBODY);
    expect(shop.asked).toEqual([NOBODY, NOBODY]);
  });

  it('is known from a look-up by hand', async () => {
    const shop = await readyShop();
    const manager = await shop.manager;
    expect(await shop.ended(manager.lookUpNumber('shop', `+${NOBODY}`))).toMatchObject({ exists: false });
    expect(await shop.send(NOBODY)).toMatchObject({ errorCode: 'RECIPIENT_NOT_FOUND' });
    expect(shop.asked).toEqual([NOBODY]);
  });

  it('that nobody can tell of is written to as it is, and asked about again with the next send', async () => {
    const shop = await readyShop();
    shop.driver.whatsapp
      .faults('shop')
      .next('lookupNumber', { reject: 'PROBE_FAILED' })
      .next('lookupNumber', 'hang');
    const { written } = LENGTHENED;
    expect(await shop.send(written, 'One')).toMatchObject({ status: 'sent' });
    const before = shop.clock.now();
    expect(await shop.send(written, 'Two')).toMatchObject({ status: 'sent' });
    expect(shop.clock.now() - before).toBeLessThan(6_000);
    expect(shop.delivered.map(({ to }) => to)).toEqual([`${written}@c.us`, `${written}@c.us`]);
    expect(shop.asked).toEqual([written, written]);
    expect(shop.warnings).toHaveLength(2);
    expect(shop.warnings[0]).toMatchObject({ instanceId: 'shop', error: expect.any(String) });
  });

  it('is not looked up while the instance is not ready: the send is accepted as it is', async () => {
    const shop = shopWith();
    await (await shop.manager).create({ id: 'shop' });
    expect(await shop.send(NOBODY)).toMatchObject({ status: 'queued', instanceState: 'connecting' });
    expect(shop.asked).toEqual([]);
    expect(shop.warnings).toEqual([]);
  });

  it('is not looked up where it is no phone number', async () => {
    const shop = await readyShop();
    for (const to of ['120363041234567890@g.us', '94915123456789@lid', '120363041234567890@newsletter'])
      expect(await shop.send(to)).toMatchObject({ status: 'sent' });
    expect(shop.asked).toEqual([]);
  });

  it('does not change what a repeat under an idempotency key is compared by', async () => {
    const shop = shopWith();
    await (await shop.manager).create({ id: 'shop' });
    const keys = { registered: { idempotencyKey: 'a' }, nobody: { idempotencyKey: 'b' } };
    const first = await shop.send(LENGTHENED.written, 'Hello', keys.registered);
    const second = await shop.send(NOBODY, 'Hello', keys.nobody);
    await shop.ended((await shop.manager).whenReady('shop'));
    const repeated = await shop.send(LENGTHENED.written, 'Hello', keys.registered);
    expect(repeated.queueId).toBe(first.queueId);
    // Not on WhatsApp, and accepted all the same before that could be known: there is an item to tell of.
    expect((await shop.send(NOBODY, 'Hello', keys.nobody)).queueId).toBe(second.queueId);
  });

  it('that takes long to look up is not overtaken by one who is known', async () => {
    const shop = await readyShop();
    await shop.send(BEN, 'One');
    let answer = () => {};
    shop.before = () => new Promise((resolve) => (answer = resolve));
    const sends = [shop.send(ANN, 'Two'), shop.send(BEN, 'Three')];
    await shop.clock.until(() => shop.asked.includes(ANN));
    answer();
    await Promise.all(sends);
    await shop.clock.until(() => shop.delivered.length === 3);
    expect(shop.delivered.map(({ to }) => to)).toEqual([BEN, ANN, BEN].map((number) => `${number}@c.us`));
  });
});
