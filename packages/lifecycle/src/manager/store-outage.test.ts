/** What the manager does while its store cannot write, and when its own actor fails: nothing is lost, nothing is silent. */
import { afterEach, describe, expect, it } from 'vitest';
import { LifecycleError } from '../domain/errors.js';
import type { Fact } from '../domain/fact.js';
import { simulatedDriver } from '../drivers/simulated/simulated-driver.js';
import { SimulatedWhatsApp } from '../drivers/simulated/simulated-whatsapp.js';
import type { Store } from '../ports/store.js';
import { VirtualClock } from '../ports/virtual-clock.js';
import { MemoryData } from '../stores/memory/memory-data.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { InstanceManager } from './instance-manager.js';

/** A real store behind a disk that can fill up. */
class FragileStore implements Store {
  isDown = false;
  readonly inner: Store;
  constructor(inner: Store) {
    this.inner = inner;
  }
  lose: (error: LifecycleError) => void = () => {};
  open = async () => {
    const { epoch, lost } = await this.inner.open();
    const taken = new Promise<LifecycleError>((resolve) => {
      this.lose = resolve;
    });
    return { epoch, lost: Promise.race([lost, taken]) };
  };
  close = () => this.inner.close();
  check = () => this.guard(() => this.inner.check());
  get instances() {
    const { instances } = this.inner;
    return {
      load: () => instances.load(),
      save: (...args: Parameters<typeof instances.save>) => this.guard(() => instances.save(...args)),
      insert: (...args: Parameters<typeof instances.insert>) => this.guard(() => instances.insert(...args)),
      remove: (...args: Parameters<typeof instances.remove>) => this.guard(() => instances.remove(...args)),
    };
  }
  get inbox() {
    const { inbox } = this.inner;
    return {
      begin: (...args: Parameters<typeof inbox.begin>) => this.guard(() => inbox.begin(...args)),
      advance: (...args: Parameters<typeof inbox.advance>) => this.guard(() => inbox.advance(...args)),
      prune: inbox.prune.bind(inbox),
    };
  }
  get queue() {
    const { queue } = this.inner;
    return {
      enqueue: (...args: Parameters<typeof queue.enqueue>) => this.guard(() => queue.enqueue(...args)),
      change: (...args: Parameters<typeof queue.change>) => this.guard(() => queue.change(...args)),
      changeAll: (...args: Parameters<typeof queue.changeAll>) => this.guard(() => queue.changeAll(...args)),
      head: (...args: Parameters<typeof queue.head>) => this.guard(() => queue.head(...args)),
      get: queue.get.bind(queue),
      byMessageKey: queue.byMessageKey.bind(queue),
      list: queue.list.bind(queue),
      depths: () => queue.depths(),
      heldCounts: () => queue.heldCounts(),
      prune: queue.prune.bind(queue),
    };
  }
  get facts() {
    const { facts } = this.inner;
    return {
      append: (...args: Parameters<typeof facts.append>) => this.guard(() => facts.append(...args)),
      list: facts.list.bind(facts),
      lastNumber: () => facts.lastNumber(),
      prune: facts.prune.bind(facts),
    };
  }
  get webhooks() {
    return this.inner.webhooks;
  }
  private guard<T>(call: () => Promise<T>): Promise<T> {
    if (!this.isDown) return call();
    return Promise.reject(new LifecycleError('STORE_UNAVAILABLE', { message: 'The disk is full.' }));
  }
}

const text = (body: string) => ({ type: 'message', payload: { to: '4915112345678', text: body } }) as const;

class Scene {
  readonly clock = new VirtualClock();
  readonly whatsapp = new SimulatedWhatsApp();
  readonly data = new MemoryData();
  readonly store = new FragileStore(memoryStore({ data: this.data }));
  readonly facts: Fact[] = [];
  readonly errors: string[] = [];
  /** How many facts each line of the log says were given up. */
  readonly givenUp: unknown[] = [];
  manager!: InstanceManager;

  static async ready(): Promise<Scene> {
    const scene = new Scene();
    const { clock, whatsapp, store } = scene;
    const note = (fields: object, message: string) => {
      scene.errors.push(message);
      if (message.startsWith('facts given up') && 'count' in fields) scene.givenUp.push(fields.count);
    };
    scene.manager = await InstanceManager.open({
      driver: simulatedDriver({ whatsapp, clock }),
      store,
      clock,
      checkHost: async () => true,
      sendWaitMs: 0,
      sendIntervalMs: 0,
      log: { debug() {}, info() {}, warn: note, error: note },
    });
    scene.manager.subscribe((fact) => scene.facts.push(fact));
    whatsapp.pair('shop');
    await scene.manager.create({ id: 'shop' });
    await clock.until(() => scene.manager.get('shop').state === 'ready');
    scenes.push(scene);
    return scene;
  }
  get delivered(): unknown[] {
    return this.whatsapp.deliveries('shop').map(({ content }) => (content.payload as { text?: string }).text);
  }
  async close(): Promise<void> {
    this.store.isDown = false;
    let isClosed = false;
    void this.manager.close().then(() => {
      isClosed = true;
    });
    await this.clock.until(() => isClosed);
  }
}
const scenes: Scene[] = [];
afterEach(async () => {
  for (const scene of scenes.splice(0)) await scene.close();
});

describe('while the store cannot write', () => {
  it('sends are answered with STORE_UNAVAILABLE, and what was accepted before is sent afterwards', async () => {
    const scene = await Scene.ready();
    await scene.manager.restart('shop', { mode: 'hard' });
    expect((await scene.manager.send('shop', text('before'))).status).toBe('queued');
    scene.store.isDown = true;
    expect(await scene.manager.send('shop', text('during'))).toMatchObject({
      status: 'failed',
      errorCode: 'STORE_UNAVAILABLE',
    });
    await expect(scene.manager.checkStore()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await scene.clock.advance(60_000);
    expect(scene.delivered).toEqual([]);
    scene.store.isDown = false;
    await scene.clock.until(() => scene.manager.get('shop').queueDepth === 0);
    expect(scene.delivered).toEqual(['before']);
  });

  it('a stop is refused with the reason, takes effect all the same, and is written once the store is back', async () => {
    const scene = await Scene.ready();
    scene.store.isDown = true;
    await expect(scene.manager.stop('shop')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await scene.clock.until(() => scene.manager.get('shop').detail === 'stopped');
    expect(scene.errors).toContain('the journal could not be written');
    const seenBefore = scene.facts.length;
    scene.store.isDown = false;
    await scene.clock.until(() => scene.facts.length > seenBefore);
    await scene.clock.advance(1_000);
    expect((await scene.store.inner.instances.load())[0]).toMatchObject({
      wanted: 'stopped',
      detail: 'stopped',
    });
    const states = scene.facts
      .filter((fact) => fact.type === 'instance.state')
      .map((fact) => fact.body.detail);
    expect(states.slice(-3)).toEqual(['draining', 'stopping', 'stopped']);
  });

  it('a thousand facts of an instance wait, and the log says how many older ones were given up', async () => {
    const scene = await Scene.ready();
    scene.store.isDown = true;
    for (let count = 0; count < 1500; count += 1) {
      scene.whatsapp.phone('shop').receive({ body: `${count}` });
      if (count === 0) await scene.clock.advance(1_000);
    }
    scene.store.isDown = false;
    const told = () =>
      scene.facts.flatMap((fact) => (fact.type === 'message.received' ? [fact.body.body] : []));
    await scene.clock.until(() => told().length > 0);
    expect([told().length, told()[0]]).toEqual([1000, '500']);
    expect(scene.givenUp).toEqual([1, 500]);
  });

  it('no instance is created', async () => {
    const scene = await Scene.ready();
    scene.store.isDown = true;
    await expect(scene.manager.create({ id: 'new' })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(() => scene.manager.get('new')).toThrow();
  });

  it('no profile is adopted: the copy is removed again, so that the next attempt finds nothing in its way', async () => {
    const scene = await Scene.ready();
    scene.whatsapp.leaveProfile('/old/session-new');
    const adopt = () => scene.manager.adopt({ id: 'new', source: '/old/session-new', start: false });
    scene.store.isDown = true;
    await expect(adopt()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(scene.whatsapp.isPaired('new')).toBe(false);
    scene.store.isDown = false;
    await adopt();
    expect(scene.whatsapp.isPaired('new')).toBe(true);
  });
});

describe('a process that has lost its data to another', () => {
  it('writes nothing any more', async () => {
    const scene = await Scene.ready();
    await memoryStore({ data: scene.data }).open();
    await expect(scene.manager.stop('shop')).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await scene.clock.advance(60_000);
    const [record] = await scene.store.inner.instances.load().catch(() => []);
    expect(record?.wanted ?? 'running').toBe('running');
  });

  it('says so to every command, and not only to the first: nothing of it is kept', async () => {
    const scene = await Scene.ready();
    await memoryStore({ data: scene.data }).open();
    for (let round = 0; round < 3; round++) {
      await expect(scene.manager.update('shop', { labels: { round: String(round) } })).rejects.toMatchObject({
        code: 'STORE_LOCKED',
      });
      await scene.clock.advance(60_000);
    }
  });
});

describe('a store that is lost', () => {
  it('is told to whoever runs the manager, once, with the reason and what to do', async () => {
    const scene = await Scene.ready();
    await memoryStore({ data: scene.data }).open();
    for (let command = 0; command < 3; command++) {
      await expect(scene.manager.stop('shop')).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    }
    expect(await scene.manager.storeLost).toMatchObject({ code: 'STORE_LOCKED' });
    expect(scene.errors).toEqual([
      expect.stringMatching(/store is lost.*End the process, or close the manager/),
    ]);
  });

  it('is not written to again, and every command says why at once', async () => {
    const scene = await Scene.ready();
    const gone = new LifecycleError('STORE_UNAVAILABLE', { message: 'Its thread has ended.' });
    scene.store.isDown = true;
    scene.store.lose(gone);
    await scene.manager.storeLost;
    scene.store.isDown = false;
    for (let command = 0; command < 2; command++) await expect(scene.manager.stop('shop')).rejects.toBe(gone);
    expect((await scene.store.inner.instances.load())[0]).toMatchObject({ wanted: 'running' });
  });
});

describe('facts', () => {
  it('reach the other subscribers although one of them throws, and that is logged', async () => {
    const scene = await Scene.ready();
    const heard: number[] = [];
    scene.manager.subscribe(() => {
      throw new Error('subscriber');
    });
    scene.manager.subscribe((fact) => heard.push(fact.number), { types: ['instance.state'] });
    await scene.manager.stop('shop');
    expect(heard.length).toBeGreaterThan(0);
    expect(scene.errors).toContain('a subscriber of facts threw');
  });
});
