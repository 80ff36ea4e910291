/** Instances over a simulated world, on a clock that a test moves. */
import type { Fact } from '../domain/fact.js';
import { simulatedDriver } from '../drivers/simulated/simulated-driver.js';
import { SimulatedWhatsApp } from '../drivers/simulated/simulated-whatsapp.js';
import { VirtualClock } from '../ports/virtual-clock.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { InstanceManager } from './instance-manager.js';
import type { ManagerOptions } from './manager-options.js';

export class Fleet {
  readonly clock = new VirtualClock();
  readonly whatsapp = new SimulatedWhatsApp();
  readonly facts: Fact[] = [];
  manager!: InstanceManager;
  hostIsUp = true;

  /** Instances that were paired long ago, all ready. */
  static async ready(size: number, options: Partial<ManagerOptions> = {}): Promise<Fleet> {
    const fleet = new Fleet();
    const { clock, whatsapp } = fleet;
    fleet.manager = await InstanceManager.open({
      driver: simulatedDriver({ whatsapp, clock }),
      store: memoryStore(),
      clock,
      checkHost: async () => fleet.hostIsUp,
      maxConcurrentLaunches: Math.max(1, size),
      ...options,
    });
    fleet.manager.subscribe((fact) => fleet.facts.push(fact));
    for (const id of Array.from({ length: size }, (_, at) => `i${at}`)) {
      whatsapp.pair(id);
      await fleet.manager.create({ id });
    }
    await clock.until(() => fleet.all('ready'));
    open.push(fleet);
    return fleet;
  }
  get ids(): string[] {
    return this.manager.list({ limit: 500 }).items.map(({ id }) => id);
  }
  all(state: string): boolean {
    return this.ids.every((id) => this.manager.get(id).state === state);
  }
  detail(id: string): string {
    return this.manager.get(id).detail;
  }
  alerts(type: 'alert.raised' | 'alert.resolved'): string[] {
    return this.facts.flatMap((fact) => (fact.type === type ? [fact.body.name] : []));
  }
  async close(): Promise<void> {
    let isClosed = false;
    void this.manager.close().then(() => {
      isClosed = true;
    });
    await this.clock.until(() => isClosed);
  }
}
const open: Fleet[] = [];

/** After each test. */
export async function closeFleets(): Promise<void> {
  for (const fleet of open.splice(0)) await fleet.close();
}
