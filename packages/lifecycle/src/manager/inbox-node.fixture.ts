/** One instance over one process after the other, on a clock that a test moves: what the tests of the inbox stand on. */
import type { Fact, FactOf } from '../domain/fact.js';
import { type SimulatedDriver, simulatedDriver } from '../drivers/simulated/simulated-driver.js';
import { SimulatedWhatsApp } from '../drivers/simulated/simulated-whatsapp.js';
import { VirtualClock } from '../ports/virtual-clock.js';
import { MemoryData } from '../stores/memory/memory-data.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { InstanceManager } from './instance-manager.js';
import type { ManagerOptions } from './manager-options.js';

const nodes: InboxNode[] = [];

/** Ends all that a test has begun. */
export async function endNodes(): Promise<void> {
  for (const node of nodes.splice(0)) await node.end();
}

/** One process after the other over the same world and the same data. */
export class InboxNode {
  readonly clock = new VirtualClock();
  readonly whatsapp = new SimulatedWhatsApp();
  readonly data = new MemoryData();
  readonly facts: Fact[] = [];
  readonly complaints: string[] = [];
  driver!: SimulatedDriver;
  manager!: InstanceManager;

  static make(): InboxNode {
    const node = new InboxNode();
    nodes.push(node);
    return node;
  }
  static async ready(options: Partial<ManagerOptions> = {}): Promise<InboxNode> {
    const node = InboxNode.make();
    await node.boot(options);
    node.whatsapp.pair('shop');
    await node.manager.create({ id: 'shop' });
    await node.isReady();
    return node;
  }
  async boot(options: Partial<ManagerOptions> = {}): Promise<void> {
    const complain = (fields: object, message: string) =>
      void this.complaints.push(`${message} ${JSON.stringify(fields)}`);
    this.driver = simulatedDriver({ whatsapp: this.whatsapp, clock: this.clock, spreadShare: 0 });
    this.manager = await InstanceManager.open({
      driver: this.driver,
      store: memoryStore({ data: this.data }),
      clock: this.clock,
      checkHost: async () => true,
      sendIntervalMs: 0,
      log: { debug() {}, info() {}, warn: complain, error: complain },
      ...options,
    });
    this.manager.subscribe((fact) => this.facts.push(fact));
  }
  /** kill -9, and the next process. */
  async killed(options: Partial<ManagerOptions> = {}, after: () => void = () => {}): Promise<void> {
    this.driver.die();
    after();
    await this.boot(options);
    await this.isReady();
  }
  async isReady(): Promise<void> {
    await this.clock.until(() => this.manager.get('shop').state === 'ready');
    await this.clock.advance(1);
  }
  async stopped(): Promise<void> {
    await this.manager.stop('shop');
    await this.clock.until(() => this.manager.get('shop').detail === 'stopped');
  }
  async started(): Promise<void> {
    await this.manager.start('shop');
    await this.isReady();
  }
  get phone() {
    return this.whatsapp.phone('shop');
  }
  /** Text, and whether it was fetched afterwards, of every message that was told. */
  get told() {
    return this.facts.flatMap((fact) =>
      fact.type === 'message.received' || fact.type === 'message.created'
        ? [[fact.body.body, fact.body.backfilled] as const]
        : [],
    );
  }
  of<T extends Fact['type']>(type: T): FactOf<T>[] {
    return this.facts.filter((fact): fact is FactOf<T> => fact.type === type);
  }
  async end(): Promise<void> {
    let isOver = false;
    void this.manager.close().finally(() => {
      isOver = true;
    });
    await this.clock.until(() => isOver);
  }
}
