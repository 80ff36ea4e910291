/** What is told of every move of an instance: one line of the log, and the observer. */
import { afterEach, describe, expect, it } from 'vitest';
import { simulatedDriver } from '../drivers/simulated/simulated-driver.js';
import { SimulatedWhatsApp } from '../drivers/simulated/simulated-whatsapp.js';
import { VirtualClock } from '../ports/virtual-clock.js';
import { MemoryData } from '../stores/memory/memory-data.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { InstanceManager } from './instance-manager.js';
import type { ManagerOptions } from './manager-options.js';
import type { Move, Restart } from './observer.js';

interface Line {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

class Node {
  readonly clock = new VirtualClock();
  readonly whatsapp = new SimulatedWhatsApp();
  readonly data = new MemoryData();
  readonly lines: Line[] = [];
  readonly moves: Move[] = [];
  readonly restarts: Restart[] = [];
  manager!: InstanceManager;

  static async open(options: Partial<ManagerOptions> = {}): Promise<Node> {
    const node = new Node();
    await node.begin(options);
    nodes.push(node);
    return node;
  }

  async begin(options: Partial<ManagerOptions> = {}): Promise<void> {
    const line = (level: string) => (fields: object, message: string) =>
      void this.lines.push({ level, message, ...fields });
    this.manager = await InstanceManager.open({
      driver: simulatedDriver({ whatsapp: this.whatsapp, clock: this.clock, spreadShare: 0 }),
      store: memoryStore({ data: this.data }),
      clock: this.clock,
      checkHost: async () => true,
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
      observer: {
        moved: (move) => void this.moves.push(move),
        restarted: (restart) => void this.restarts.push(restart),
      },
      ...options,
    });
  }

  async ready(id: string): Promise<void> {
    this.whatsapp.pair(id);
    await this.manager.create({ id });
    await this.until(id, 'ready');
  }
  until(id: string, word: string): Promise<number> {
    return this.clock.until(() => [this.manager.get(id).state, this.manager.get(id).detail].includes(word));
  }
  /** `place cause`, of every move since the last time somebody asked. */
  told(): string[] {
    return this.moves.splice(0).map(({ to, cause }) => `${to.state}.${to.detail} ${cause}`);
  }
  async close(): Promise<void> {
    let isClosed = false;
    void this.manager.close().then(() => {
      isClosed = true;
    });
    await this.clock.until(() => isClosed);
  }
}
const nodes: Node[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
});

describe('every move', () => {
  it('is one line of the log: which instance, from where, to where, why, and how long it was there', async () => {
    const node = await Node.open();
    await node.ready('shop');
    await node.clock.advance(60_000);
    node.lines.length = 0;
    const lost = node.clock.now();
    node.whatsapp.browser('shop').exit();
    const afterMs = await node.until('shop', 'waiting');
    expect(node.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'info the instance moved',
      'info the instance moved',
    ]);
    expect(node.lines[0]).toMatchObject({
      instanceId: 'shop',
      from: 'ready.healthy',
      to: 'disconnected.closing',
      cause: 'BROWSER_EXITED',
      durationMs: 60_000,
      wanted: 'running',
      generation: 1,
    });
    expect(node.lines[1]).toMatchObject({
      from: 'disconnected.closing',
      to: 'disconnected.waiting',
      durationMs: afterMs,
      retryAt: expect.any(Number),
    });
    expect(node.clock.now() - lost).toBe(afterMs);
  });

  it('into error is a line of its level', async () => {
    const node = await Node.open();
    await node.ready('shop');
    node.whatsapp.faults('shop').next('open', { reject: 'BROWSER_NOT_FOUND' });
    node.whatsapp.browser('shop').exit();
    await node.until('shop', 'halted');
    expect(node.lines.at(-1)).toMatchObject({
      level: 'error',
      to: 'error.halted',
      cause: 'BROWSER_NOT_FOUND',
    });
  });

  it('is told to the observer too, who may throw', async () => {
    const broken = () => {
      throw new Error('the disk of the metrics is full');
    };
    const node = await Node.open({ observer: { moved: broken, restarted: broken } });
    await node.ready('shop');
    node.whatsapp.browser('shop').exit();
    await node.until('shop', 'disconnected');
    await node.until('shop', 'ready');
    const told = node.lines.filter(({ message }) => message === 'the observer of the manager threw');
    expect(told.length).toBeGreaterThan(5);
    expect(told[0]).toMatchObject({ instanceId: 'shop', error: 'the disk of the metrics is full' });
  });
});

describe('the cause of a move', () => {
  it('is the command of a person, up to where it leads', async () => {
    const node = await Node.open();
    await node.ready('shop');
    expect(node.told()).toEqual([
      'connecting.queued CREATE',
      'connecting.launching CREATE',
      'connecting.syncing CREATE',
      'connecting.authenticating CREATE',
      'ready.healthy CREATE',
    ]);
    await node.manager.stop('shop');
    await node.until('shop', 'stopped');
    expect(node.told()).toEqual([
      'disconnected.draining STOP',
      'disconnected.stopping STOP',
      'disconnected.stopped STOP',
    ]);
    await node.manager.start('shop');
    await node.until('shop', 'ready');
    expect(node.told()).toContain('ready.healthy START');
  });

  it('is a failure, up to the next ready', async () => {
    const node = await Node.open();
    await node.ready('shop');
    node.told();
    node.whatsapp.browser('shop').exit();
    await node.until('shop', 'disconnected');
    await node.until('shop', 'ready');
    expect(new Set(node.told().map((move) => move.split(' ')[1]))).toEqual(new Set(['BROWSER_EXITED']));
  });

  it('is what was heard where nobody failed', async () => {
    const node = await Node.open();
    await node.ready('shop');
    await node.manager.create({ id: 'new' });
    await node.until('new', 'showing');
    node.told();
    node.whatsapp.browser('shop').setSocketState('TIMEOUT');
    await node.clock.advance(1);
    expect(node.told()).toEqual(['connecting.reconnecting RECONNECTING']);
    node.whatsapp.phone('new').scan();
    await node.until('new', 'ready');
    expect(node.told()).toEqual([
      'connecting.syncing SCANNED',
      'connecting.authenticating SCANNED',
      'ready.healthy SCANNED',
    ]);
  });

  it('is the boot for what a boot sets off', async () => {
    const node = await Node.open();
    await node.ready('shop');
    await node.close();
    node.told();
    await node.begin();
    await node.until('shop', 'ready');
    expect(node.told()[0]).toBe('connecting.queued BOOT');
  });
});

describe('a restart that is paid for', () => {
  it('is told with its rung and its cause; a first launch and a reload of the page are none', async () => {
    const node = await Node.open();
    await node.ready('shop');
    node.whatsapp.browser('shop').crash();
    await node.until('shop', 'reloading');
    await node.until('shop', 'ready');
    expect(node.restarts).toEqual([]);
    node.whatsapp.faults('shop').next('open', { reject: 'LAUNCH_FAILED' });
    node.whatsapp.browser('shop').exit();
    await node.until('shop', 'disconnected');
    await node.until('shop', 'ready');
    await node.manager.restart('shop', { mode: 'hard' });
    await node.until('shop', 'ready');
    expect(node.restarts).toEqual([
      { instanceId: 'shop', rung: 'soft', cause: 'BROWSER_EXITED' },
      { instanceId: 'shop', rung: 'hard', cause: 'LAUNCH_FAILED' },
      { instanceId: 'shop', rung: 'hard', cause: 'RESTART' },
    ]);
  });
});
