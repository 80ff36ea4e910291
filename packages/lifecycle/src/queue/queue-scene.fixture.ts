/**
 * The scene of the queue's tests: one instance's queue on the memory store and the simulated driver, under a clock that
 * the test moves. A process can be killed at any call, and the next one begins on the same data and the same WhatsApp.
 */

import { accountKey } from '../domain/account.js';
import { LifecycleError } from '../domain/errors.js';
import type { Fact } from '../domain/fact.js';
import type { AccountIdentity, InstanceState } from '../domain/instance-state.js';
import type { ItemContent, QueueItem } from '../domain/message.js';
import type { Receipt } from '../domain/receipt.js';
import { type SimulatedDriver, simulatedDriver } from '../drivers/simulated/simulated-driver.js';
import type { SimulatedTimes } from '../drivers/simulated/simulated-options.js';
import { SimulatedWhatsApp } from '../drivers/simulated/simulated-whatsapp.js';
import { type LifecycleOptions, resolveOptions } from '../policy/options.js';
import type { Clock } from '../ports/clock.js';
import type { Driver, DriverEvent, SendReport, Sighting } from '../ports/driver.js';
import type { QueueStore } from '../ports/store.js';
import { VirtualClock } from '../ports/virtual-clock.js';
import { MemoryData } from '../stores/memory/memory-data.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import type { HeardAck } from './heard-ack.js';
import { OutboundQueue } from './outbound-queue.js';
import type { AcceptOptions } from './queue-deps.js';

export const INSTANCE = 'shop';
export const CUSTOMER = '4915112345678@c.us';

export const text = (words: string, to = CUSTOMER): ItemContent => ({
  type: 'message',
  payload: { to, text: words },
});

/** What a call of the store does instead of what it should. */
export type StoreFault = 'fail' | 'killBefore' | 'killAfter';

export interface SceneOptions extends Partial<LifecycleOptions> {
  readonly seed?: number;
  readonly times?: Partial<SimulatedTimes>;
}

export interface SeenSend {
  readonly key: string;
  readonly text: string | undefined;
  readonly at: number;
  /** WhatsApp's server had the message already when the page was asked to send it. */
  readonly wasDelivered: boolean;
  report: SendReport | null;
}

interface Incarnation {
  isAlive: boolean;
  readonly driver: SimulatedDriver;
  readonly queue: OutboundQueue;
}

const never = <T>(): Promise<T> => new Promise<T>(() => {});

export class QueueScene {
  readonly clock: VirtualClock;
  readonly whatsapp: SimulatedWhatsApp;
  readonly data = new MemoryData();
  readonly options: LifecycleOptions;
  readonly facts: Fact[] = [];
  readonly storeErrors: unknown[] = [];
  readonly sends: SeenSend[] = [];
  readonly foreignAcks: HeardAck[] = [];
  /** The most calls of `send` that ran at the same time. */
  mostAtOnce = 0;
  /** Called before each call of the store; an answer spoils it. */
  storeFault: (method: keyof QueueStore) => StoreFault | undefined = () => undefined;
  /** Called before each `driver.send`: true kills the process in its place. */
  killAtSend: () => 'before' | 'after' | undefined = () => undefined;
  /** How `driver.send` breaks its contract, if it does. */
  sendBreach: () => 'throws' | 'rejects' | 'never' | undefined = () => undefined;
  /** How often a page was asked what became of a message. */
  lookUps = 0;
  /** What the page says of a look-up instead of what it knows, if anything. */
  sightingInstead: () => Sighting | undefined = () => undefined;
  /** Hears what is published; may throw. */
  listener: () => void = () => {};
  state: InstanceState = 'connecting';
  generation = 0;
  kills = 0;
  readonly #times: Partial<SimulatedTimes>;
  #account: AccountIdentity | null = null;
  #life: Incarnation | null = null;
  #ids = 0;
  #keys = 0;
  #running = 0;

  constructor({ seed = 1, times = {}, ...options }: SceneOptions = {}) {
    this.clock = new VirtualClock({ seed });
    this.whatsapp = new SimulatedWhatsApp();
    this.whatsapp.pair(INSTANCE);
    this.options = resolveOptions(options);
    this.#times = { spreadShare: 0, ...times };
  }

  /** A scene whose process runs; the instance is not ready yet. */
  static async open(options?: SceneOptions): Promise<QueueScene> {
    const scene = new QueueScene(options);
    await scene.boot();
    return scene;
  }
  /** A scene whose instance is ready. */
  static async ready(options?: SceneOptions): Promise<QueueScene> {
    const scene = await QueueScene.open(options);
    await scene.becomeReady();
    return scene;
  }

  get queue(): OutboundQueue {
    return this.#alive.queue;
  }
  get driver(): SimulatedDriver {
    return this.#alive.driver;
  }
  get isAlive(): boolean {
    return this.#life?.isAlive ?? false;
  }
  get items(): readonly QueueItem[] {
    return [...(this.data.queues.get(INSTANCE)?.items.values() ?? [])];
  }
  item(id: string | null): QueueItem {
    const item = this.items.find((other) => other.id === id);
    if (!item) throw new Error(`The store has no item ${id}.`);
    return item;
  }
  get faults() {
    return this.whatsapp.faults(INSTANCE);
  }
  get delivered(): readonly (string | undefined)[] {
    return this.whatsapp.deliveries(INSTANCE).map(({ content }) => textOf(content));
  }
  factTypes(): readonly string[] {
    return this.facts.map((fact) => fact.type);
  }

  /** A new process over the same data and the same WhatsApp. */
  async boot(): Promise<void> {
    const store = memoryStore({ data: this.data });
    await store.open();
    const depth = (await store.queue.depths()).get(INSTANCE) ?? 0;
    const held = (await store.queue.heldCounts()).get(INSTANCE) ?? 0;
    const clock = this.#clockOf(() => life.isAlive);
    const driver = simulatedDriver({ ...this.#times, whatsapp: this.whatsapp, clock });
    const queue = new OutboundQueue(
      INSTANCE,
      {
        store: this.#storeOf(store.queue, () => life),
        driver: this.#driverOf(driver, () => life),
        clock,
        options: this.options,
        newId: () => `item-${String(++this.#ids).padStart(4, '0')}`,
        newMessageKey: () => `3EB0${String(++this.#keys).padStart(18, '0')}`,
        publish: (facts) => {
          this.facts.push(...facts);
          this.listener();
        },
        storeFailed: (error) => {
          this.storeErrors.push(error);
          this.listener();
        },
        foreignAck: (_instanceId, ack) => {
          this.foreignAcks.push(ack);
          this.listener();
        },
      },
      depth,
      held,
    );
    const life: Incarnation = { isAlive: true, driver, queue };
    this.#life = life;
    this.#running = 0;
    this.state = 'connecting';
  }

  /** kill -9 of the process: nothing of it runs on, and nothing is said. */
  kill(): void {
    if (!this.#life?.isAlive) return;
    this.kills += 1;
    this.#life.isAlive = false;
    this.#life.driver.die();
  }
  async restart(): Promise<void> {
    this.kill();
    await this.boot();
  }

  /** Opens a new generation and lets it become ready. */
  async becomeReady(): Promise<void> {
    await this.openGeneration();
    await this.clock.until(() => this.state === 'ready' || !this.isAlive, 60_000);
  }
  async openGeneration(): Promise<void> {
    const life = this.#alive;
    const generation = ++this.generation;
    const hear = (event: DriverEvent) => {
      if (life.isAlive && generation === this.generation) this.#hear(life.queue, generation, event);
    };
    const opening = { instanceId: INSTANCE, generation, rung: 'hard', proxy: null, hear } as const;
    // What goes wrong while opening is told by the events too.
    life.driver.open({ ...opening, signal: new AbortController().signal }).catch(() => {});
    await this.clock.advance(0);
  }
  /** The socket or the page is away for a while; the generation lives. */
  loseReady(): void {
    this.state = 'connecting';
    this.queue.hold();
  }
  /** The same generation is ready again. */
  regainReady(): void {
    this.state = 'ready';
    this.queue.open(this.generation, this.#pairing());
  }
  async closeGeneration(): Promise<void> {
    const { queue, driver } = this.#alive;
    this.state = 'disconnected';
    queue.hold();
    let isClosed = false;
    void driver.close({ instanceId: INSTANCE, mode: 'graceful', deadlineMs: 15_000 }).then(() => {
      isClosed = true;
      queue.generationClosed(this.generation);
    });
    await this.clock.until(() => isClosed || !this.isAlive);
  }
  async reloadPage(): Promise<void> {
    const { driver } = this.#alive;
    const generation = this.generation;
    this.loseReady();
    driver.reload({ instanceId: INSTANCE, generation, deadlineMs: 60_000 }).catch(() => {});
    await this.clock.until(() => this.state === 'ready' || !this.isAlive);
  }

  accept(content: ItemContent | string, options: Partial<AcceptOptions> = {}): Promise<Receipt> {
    return this.queue.accept(
      typeof content === 'string' ? text(content) : content,
      { account: this.accountKey, metadata: null, waitMs: 0, ...options },
      () => this.state,
      this.state === 'ready',
    );
  }
  /** Accepts one after another, without waiting for outcomes; returns their ids. */
  async acceptAll(...words: string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const each of words) ids.push((await this.accept(each)).queueId ?? 'refused');
    return ids;
  }

  /** Lets time pass until nothing is queued or in flight. */
  untilIdle(withinMs = 600_000): Promise<number> {
    return this.clock.until(() => this.queue.depth === 0, withinMs);
  }

  get #alive(): Incarnation {
    if (!this.#life?.isAlive) throw new Error('No process runs: boot one.');
    return this.#life;
  }

  /** Whose items are accepted: the account that was ready last. */
  get accountKey(): string | null {
    return this.#account && accountKey(this.#account);
  }
  /** As the manager tells it: the account now, and the one before. */
  #pairing() {
    const former = this.#account;
    this.#account = this.whatsapp.account(INSTANCE).identity;
    return { account: this.#account, former };
  }

  #hear(queue: OutboundQueue, generation: number, event: DriverEvent): void {
    if (event.type === 'ready') {
      this.state = 'ready';
      queue.open(generation, this.#pairing());
    } else if (event.type === 'lost' || event.type === 'pageCrashed') {
      this.state = 'disconnected';
      queue.hold();
    } else if (event.type === 'ack') queue.heardAck(event);
  }

  #clockOf(isAlive: () => boolean): Clock {
    const { clock } = this;
    return {
      now: () => clock.now(),
      random: () => clock.random(),
      setTimeout: (fn, ms) => clock.setTimeout(() => isAlive() && fn(), ms),
      clearTimeout: (handle) => clock.clearTimeout(handle),
    };
  }

  #driverOf(driver: SimulatedDriver, life: () => Incarnation): Driver {
    const send: Driver['send'] = async (request) => {
      if (!life().isAlive) return never();
      const death = this.killAtSend();
      if (death === 'before') this.kill();
      if (!life().isAlive) return never();
      const wasDelivered = this.whatsapp
        .deliveries(INSTANCE)
        .some(({ messageKey }) => messageKey === request.messageKey);
      const seen: SeenSend = {
        key: request.messageKey,
        text: textOf(request.content),
        at: this.clock.now(),
        wasDelivered,
        report: null,
      };
      this.sends.push(seen);
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#running);
      seen.report = await driver.send(request);
      if (seen.report.outcome === 'unknown') void seen.report.settled.then(() => --this.#running);
      else this.#running -= 1;
      if (death === 'after') this.kill();
      return life().isAlive ? seen.report : never();
    };
    const spoiled: Driver['send'] = (request) => {
      const breach = this.sendBreach();
      if (breach === 'throws') throw new Error('The adapter is broken.');
      if (breach === 'rejects') return Promise.reject('a bare string');
      return breach === 'never' ? never() : send(request);
    };
    const findSent: Driver['findSent'] = (request) => {
      this.lookUps += 1;
      const sighting = this.sightingInstead();
      return sighting ? Promise.resolve(sighting) : driver.findSent(request);
    };
    const played: Partial<Driver> = { send: spoiled, findSent };
    return new Proxy(driver, {
      get: (target, name, self) => Reflect.get(played, name) ?? bound(target, name, self),
    });
  }

  #storeOf(store: QueueStore, life: () => Incarnation): QueueStore {
    const spoiled =
      (method: keyof QueueStore, call: (...args: unknown[]) => Promise<unknown>) =>
      async (...args: unknown[]) => {
        if (!life().isAlive) return never();
        const fault = this.storeFault(method);
        if (fault === 'fail') throw new LifecycleError('STORE_UNAVAILABLE', { message: 'The disk is full.' });
        if (fault === 'killBefore') this.kill();
        if (!life().isAlive) return never();
        const result = await call(...args);
        if (fault === 'killAfter') this.kill();
        return life().isAlive ? result : never();
      };
    return new Proxy(store, {
      get: (target, name, self) => spoiled(name as keyof QueueStore, bound(target, name, self)),
    });
  }
}

const textOf = (content: ItemContent): string | undefined =>
  content.type === 'message' ? content.payload.text : content.payload.question;

const bound = (
  target: object,
  name: string | symbol,
  self: unknown,
): ((...args: unknown[]) => Promise<unknown>) => {
  const member: unknown = Reflect.get(target, name, target === self ? self : target);
  return typeof member === 'function' ? member.bind(target) : (member as () => Promise<unknown>);
};
