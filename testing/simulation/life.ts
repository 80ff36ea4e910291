/**
 * Life: one process of the fleet, from its boot to its end. When it is killed its timers are dead, its calls of store and
 * driver have no answer and no effect, and nobody hears it; what the store had made durable is all that is left.
 */
import { type Clock, InstanceManager, type LifecycleOptions } from '@wakeeper/lifecycle';
import { memoryStore, type SimulatedDriver, simulatedDriver } from '@wakeeper/lifecycle/testing';
import { faultyDriver, type Voice } from './faulty-driver.js';
import { FaultyStore } from './faulty-store.js';
import type { Happening } from './history.js';
import type { World } from './world.js';

export class Life {
  readonly world: World;
  readonly number: number;
  readonly clock: Clock;
  /** Every generation that this process has opened speaks to one of them. */
  readonly voices: Voice[] = [];
  manager: InstanceManager | null = null;
  /** It runs: its timers fire. */
  isAlive = true;
  /** Its browsers are its own. A process that was superseded has lost them, and runs on for a while. */
  drives = true;
  readonly #driver: SimulatedDriver;
  #killIn: { calls: number; readonly when: 'before' | 'after' } | null = null;

  constructor(world: World, number: number) {
    this.world = world;
    this.number = number;
    const { clock } = world;
    this.clock = {
      now: () => clock.now(),
      random: () => clock.random(),
      setTimeout: (fn, ms) => clock.setTimeout(() => this.isAlive && fn(), ms),
      clearTimeout: (handle) => clock.clearTimeout(handle),
    };
    const { whatsapp, times } = world;
    this.#driver = simulatedDriver({ ...times, whatsapp, clock: this.clock });
  }

  /** What it asks of the store has an effect. */
  get writes(): boolean {
    return this.isAlive;
  }

  /** @throws what `InstanceManager.open` throws */
  async boot(options: Partial<LifecycleOptions>): Promise<void> {
    const { world } = this;
    const manager = await InstanceManager.open({
      ...options,
      driver: faultyDriver(this.#driver, this),
      store: new FaultyStore(memoryStore({ data: world.data }), this).store,
      clock: this.clock,
      nodeId: 'node',
      checkHost: async () => world.hostIsUp,
      log: {
        debug() {},
        info() {},
        warn() {},
        error: (fields, message) => {
          if (message.includes('died')) world.breakdowns.push(`${message}: ${JSON.stringify(fields)}`);
        },
      },
    });
    manager.subscribe((fact) => {
      if (!this.isAlive) return;
      const body = fact.body as { queueId?: string | null; name?: string };
      const { number, type, instanceId: id } = fact;
      this.note({ kind: 'told', number, type, id, item: body.queueId ?? null, name: body.name ?? null });
    });
    this.manager = manager;
    this.note({ kind: 'booted' });
  }

  note(happening: Happening): void {
    if (this.isAlive || happening.kind === 'committed' || happening.kind === 'enqueued')
      this.world.note(happening, this.number);
  }

  /** The process is killed at one of its next calls of a port. */
  killIn(calls: number, when: 'before' | 'after'): void {
    this.#killIn = { calls, when };
  }

  /** Asked at every call of a port, before and after its effect. */
  isKilledAt(when: 'before' | 'after'): boolean {
    const planned = this.#killIn;
    if (planned?.when === when && planned.calls-- <= 0) {
      this.#killIn = null;
      this.world.kill();
    }
    return !this.isAlive;
  }

  spare(): void {
    this.#killIn = null;
  }

  loseBrowsers(): void {
    this.drives = false;
    this.#driver.die();
  }

  end(how: 'killed' | 'closed'): void {
    if (!this.isAlive) return;
    this.note({ kind: 'ended', how });
    this.isAlive = false;
    this.loseBrowsers();
  }
}
