import { afterEach, describe, expect, it } from 'vitest';
import type { Fact } from '../domain/fact.js';
import {
  type SimulatedDriver,
  type SimulatedDriverOptions,
  simulatedDriver,
} from '../drivers/simulated/simulated-driver.js';
import { SimulatedWhatsApp } from '../drivers/simulated/simulated-whatsapp.js';
import { VirtualClock } from '../ports/virtual-clock.js';
import { MemoryData } from '../stores/memory/memory-data.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { InstanceManager } from './instance-manager.js';
import type { ManagerOptions } from './manager-options.js';

const clock = new VirtualClock();
const text = (to: string, body: string) => ({ type: 'message', payload: { to, text: body } }) as const;
const PHONE = '+49 151 1234 5678';

interface World {
  readonly whatsapp: SimulatedWhatsApp;
  readonly data: MemoryData;
  readonly driver: SimulatedDriver;
  readonly manager: InstanceManager;
  readonly facts: Fact[];
}
const open: InstanceManager[] = [];

/** A manager over a world; given one before, it is the next process over the same data. */
async function boot(
  before: Partial<World> = {},
  options: Partial<ManagerOptions> = {},
  driving: SimulatedDriverOptions = {},
): Promise<World> {
  const whatsapp = before.whatsapp ?? new SimulatedWhatsApp();
  const data = before.data ?? new MemoryData();
  const driver = simulatedDriver({ whatsapp, clock, scanAfterMs: 3_000, ...driving });
  const manager = await InstanceManager.open({
    driver,
    store: memoryStore({ data }),
    clock,
    nodeId: 'node-1',
    checkHost: async () => true,
    sendIntervalMs: 0,
    ...options,
  });
  open.push(manager);
  const facts: Fact[] = [];
  manager.subscribe((fact) => facts.push(fact));
  return { whatsapp, data, driver, manager, facts };
}
/** Lets a promise of the manager end on the virtual clock. */
async function ended<T>(promise: Promise<T>): Promise<T> {
  let done = false;
  promise.then(
    () => {
      done = true;
    },
    () => {
      done = true;
    },
  );
  await clock.until(() => done);
  return promise;
}
async function readyShop(world: World): Promise<void> {
  await ended(world.manager.create({ id: 'shop' }));
  await ended(world.manager.whenSettled('shop'));
  await clock.until(() => world.manager.get('shop').state === 'ready');
}

afterEach(async () => {
  for (const manager of open.splice(0)) await ended(manager.close());
});

describe('an instance manager', () => {
  it('brings a new instance from a code over the scan to ready, and tells each step', async () => {
    const world = await boot();
    const created = await ended(world.manager.create({ id: 'shop', labels: { team: 'sales' } }));
    expect(created).toMatchObject({
      id: 'shop',
      state: 'connecting',
      wanted: 'running',
      labels: { team: 'sales' },
      node: 'node-1',
    });
    const settled = await ended(world.manager.whenSettled('shop'));
    expect(settled).toMatchObject({ state: 'needs_qr', detail: 'showing' });
    expect((await world.manager.qr('shop')).qr.split(',')).toHaveLength(5);
    await clock.until(() => world.manager.get('shop').state === 'ready');
    expect(world.manager.get('shop').me?.id).toMatch(/@c\.us$/);
    const states = world.facts
      .filter((fact) => fact.type === 'instance.state')
      .map((fact) => fact.body.state);
    expect(states).toContain('needs_qr');
    expect(states.at(-1)).toBe('ready');
    const history = await world.manager.history('shop');
    expect(history.items.map((fact) => fact.number)).toEqual(
      [...history.items.map((fact) => fact.number)].sort((a, b) => b - a),
    );
  });

  it('answers "sent" only when WhatsApp has taken the message', async () => {
    const world = await boot();
    await readyShop(world);
    const receipt = await ended(world.manager.send('shop', text(PHONE, 'hello')));
    expect(receipt).toMatchObject({
      status: 'sent',
      instanceState: 'ready',
      queueDepth: 0,
      error: null,
      errorCode: null,
    });
    expect(world.whatsapp.deliveries('shop').map((one) => one.content.payload.to)).toEqual([
      '4915112345678@c.us',
    ]);
  });

  it('keeps what was queued while it was not ready and sends it, in order, once it is', async () => {
    const world = await boot({}, {}, { openMs: 5_000 });
    await readyShop(world);
    await ended(world.manager.restart('shop', { mode: 'hard' }));
    for (const body of ['one', 'two', 'three'])
      expect((await ended(world.manager.send('shop', text(PHONE, body)))).status).toBe('queued');
    expect(world.manager.get('shop').queueDepth).toBe(3);
    await clock.until(() => world.manager.get('shop').queueDepth === 0);
    expect(world.whatsapp.deliveries('shop')).toHaveLength(3);
    const sent = world.facts.filter((fact) => fact.type === 'message.sent');
    expect(sent.map((fact) => fact.body.queueId)).toEqual([...sent.map((fact) => fact.body.queueId)].sort());
  });

  it('refuses a send with a receipt when the instance is stopped or needs a scan', async () => {
    const world = await boot({}, {}, { scanAfterMs: Number.POSITIVE_INFINITY });
    await ended(world.manager.create({ id: 'shop', start: false }));
    expect(await ended(world.manager.send('shop', text(PHONE, 'x')))).toMatchObject({
      status: 'failed',
      errorCode: 'INSTANCE_STOPPED',
    });
    await ended(world.manager.start('shop'));
    await ended(world.manager.whenSettled('shop'));
    expect(await ended(world.manager.send('shop', text(PHONE, 'x')))).toMatchObject({
      status: 'failed',
      instanceState: 'needs_qr',
      errorCode: 'NEEDS_QR',
    });
  });

  it('goes on after a process death where it was: paired, wanted, with its queue', async () => {
    const world = await boot();
    await readyShop(world);
    await ended(world.manager.create({ id: 'off', start: false }));
    world.driver.die();
    open.splice(open.indexOf(world.manager), 1);
    const next = await boot(world);
    expect(next.manager.get('off')).toMatchObject({
      state: 'disconnected',
      detail: 'stopped',
      wanted: 'stopped',
    });
    expect(next.manager.get('shop')).toMatchObject({ state: 'connecting', wanted: 'running' });
    await clock.until(() => next.manager.get('shop').state === 'ready');
    expect(next.facts.some((fact) => fact.type === 'instance.qr')).toBe(false);
  });

  it('refuses a restart by hand beyond the budget, and changes nothing then', async () => {
    const world = await boot({}, { maxRestartsPerWindow: 2 });
    await readyShop(world);
    for (let round = 0; round < 2; round++) {
      await ended(world.manager.restart('shop'));
      await clock.until(() => world.manager.get('shop').state === 'ready');
    }
    await expect(world.manager.restart('shop')).rejects.toMatchObject({ code: 'RESTART_BUDGET_USED_UP' });
    expect(world.manager.get('shop')).toMatchObject({ state: 'ready', restarts: { used: 2, max: 2 } });
  });

  it('removes the instance with its profile, queue and history, and frees its id', async () => {
    const world = await boot();
    await readyShop(world);
    await ended(world.manager.remove('shop'));
    expect(() => world.manager.get('shop')).toThrow(expect.objectContaining({ code: 'INSTANCE_NOT_FOUND' }));
    await ended(world.manager.create({ id: 'shop', start: false }));
    expect((await world.manager.history('shop')).items.length).toBeLessThanOrEqual(1);
  });

  it('is removed once: who asks at the same time is told that it is gone, and takes nothing from its successor', async () => {
    const world = await boot();
    await readyShop(world);
    const remove = world.driver.remove.bind(world.driver);
    const calls: (() => void)[] = [];
    world.driver.remove = async (id) => {
      await new Promise<void>((go) => calls.push(go));
      await remove(id);
    };
    const first = world.manager.remove('shop');
    const second = Promise.allSettled([world.manager.remove('shop')]);
    await clock.until(() => calls.length > 0);
    await clock.advance(0);
    calls[0]?.();
    await ended(first);
    await ended(world.manager.create({ id: 'shop', start: false }));
    for (const go of calls) go();
    expect(await ended(second)).toMatchObject([{ reason: { code: 'INSTANCE_NOT_FOUND' } }]);
    expect(world.manager.get('shop').detail).toBe('stopped');
    expect(world.data.instances.has('shop')).toBe(true);
  });

  it('tells whether WhatsApp knows of a logout: without a browser nobody can tell it', async () => {
    const world = await boot();
    await readyShop(world);
    await ended(world.manager.logout('shop'));
    await clock.until(() => world.manager.get('shop').detail === 'stopped');
    expect(world.manager.get('shop').reason).toBe('Logged out by request.');
    await ended(world.manager.start('shop'));
    await clock.until(() => world.manager.get('shop').state === 'ready');
    await ended(world.manager.stop('shop'));
    await clock.until(() => world.manager.get('shop').detail === 'stopped');
    await ended(world.manager.logout('shop'));
    await clock.until(() => world.manager.get('shop').detail === 'stopped');
    expect(world.manager.get('shop').reason).toMatch(/linked devices/);
  });

  it('is not found any more once it is removed, by any verb', async () => {
    const world = await boot();
    await ended(world.manager.create({ id: 'shop', start: false }));
    await ended(world.manager.remove('shop'));
    await expect(world.manager.send('shop', text(PHONE, 'late'))).rejects.toMatchObject({
      code: 'INSTANCE_NOT_FOUND',
    });
    await expect(world.manager.start('shop')).rejects.toMatchObject({ code: 'INSTANCE_NOT_FOUND' });
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a time to live of %s', async (ttlMs) => {
    const world = await boot();
    await ended(world.manager.create({ id: 'shop', start: false }));
    await expect(world.manager.send('shop', text(PHONE, 'x'), { ttlMs })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  });

  it('ends every wait at once when it closes', async () => {
    const world = await boot({}, {}, { scanAfterMs: Number.POSITIVE_INFINITY });
    await ended(world.manager.create({ id: 'shop' }));
    const waits = Array.from({ length: 20 }, () => world.manager.whenReady('shop', { awaitScan: true }));
    const refused = Promise.allSettled(waits);
    const closing = world.manager.close();
    for (const outcome of await refused)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'SHUTTING_DOWN' } });
    await ended(closing);
  });

  it.each(['close', 'shutdown'] as const)(
    'ends within its deadlines although %s of the driver never answers',
    async (call) => {
      const errors: string[] = [];
      const log = { debug() {}, info() {}, warn() {}, error: (_: object, said: string) => errors.push(said) };
      const world = await boot({}, { log });
      await readyShop(world);
      world.driver[call] = () => new Promise(() => {});
      const { closeTimeoutMs, drainTimeoutMs } = world.manager.options;
      let isClosed = false;
      void world.manager.close().then(() => {
        isClosed = true;
      });
      await clock.until(() => isClosed, drainTimeoutMs + 2 * (closeTimeoutMs + 5_000));
      expect(errors[0]).toMatch(/could not be (closed|shut down)/);
    },
  );

  it('rejects questions about an instance that is not there, and throws at nobody who forgot to await', async () => {
    const { manager } = await boot();
    const questions = [
      () => manager.whenReady('nobody'),
      () => manager.whenSettled('nobody'),
      () => manager.qr('nobody'),
      () => manager.screenshot('nobody'),
    ];
    for (const ask of questions) {
      const answer = ask();
      await expect(answer).rejects.toMatchObject({ code: 'INSTANCE_NOT_FOUND' });
    }
  });

  it('waits for ready by events: at once, refused at once, or at the timeout', async () => {
    const world = await boot({}, {}, { scanAfterMs: Number.POSITIVE_INFINITY });
    await ended(world.manager.create({ id: 'shop' }));
    await expect(ended(world.manager.whenReady('shop', { timeoutMs: 0 }))).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    await expect(ended(world.manager.whenReady('shop'))).rejects.toMatchObject({ code: 'NEEDS_QR' });
    const scanned = world.manager.whenReady('shop', { awaitScan: true });
    world.whatsapp.phone('shop').scan();
    expect((await ended(scanned)).state).toBe('ready');
    expect((await world.manager.whenReady('shop')).state).toBe('ready');
  });
});
