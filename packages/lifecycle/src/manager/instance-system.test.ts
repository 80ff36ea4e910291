/**
 * Invariants: the whole system (manager, queue, store, simulated driver) taken down the chart's shortest path to every
 * one of its transitions. Nothing here asks the chart what should be: the oracle is the simulated world outside.
 */
import { describe, expect, it } from 'vitest';
import { isLifecycleError } from '../domain/errors.js';
import type { Fact } from '../domain/fact.js';
import { simulatedDriver } from '../drivers/simulated/simulated-driver.js';
import { simulatedAssertion } from '../drivers/simulated/simulated-passkey.js';
import { SimulatedWhatsApp } from '../drivers/simulated/simulated-whatsapp.js';
import { type ChartEvent, nearestEdges } from '../instance/chart-graph.js';
import { chartGraph } from '../instance/chart-invariants.fixture.js';
import { shortestPaths } from '../instance/chart-walk.js';
import type { DriverFact } from '../instance/instance-events.js';
import { createInstanceMachine } from '../instance/instance-machine.js';
import { ScriptedPorts } from '../instance/scripted-ports.js';
import { missingOf } from '../policy/page-policy.js';
import { VirtualClock } from '../ports/virtual-clock.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { InstanceManager } from './instance-manager.js';

const LONGEST_WAIT_MS = 700_000;

/** The instance "shop", the world around it, and what was promised to the senders. */
class System {
  readonly clock = new VirtualClock();
  readonly whatsapp = new SimulatedWhatsApp();
  readonly facts: Fact[] = [];
  readonly accepted: string[] = [];
  hostIsUp = true;
  private sends = 0;
  private manager!: InstanceManager;

  async begin(): Promise<void> {
    this.manager = await InstanceManager.open({
      driver: simulatedDriver({ whatsapp: this.whatsapp, clock: this.clock, scanAfterMs: undefined }),
      store: memoryStore(),
      clock: this.clock,
      checkHost: async () => this.hostIsUp,
      maxRestartsPerWindow: 2,
      maxProbeFailures: 2,
      sendWaitMs: 0,
      sendIntervalMs: 0,
    });
    this.manager.subscribe((fact) => this.facts.push(fact));
    await this.manager.create({ id: 'shop', start: false });
  }

  /** What in the world would make the chart hear this event. */
  async cause(event: ChartEvent): Promise<void> {
    if (event.type.startsWith('xstate.after')) await this.clock.advance(LONGEST_WAIT_MS);
    else if (event.type.startsWith('xstate.')) await this.clock.advance(2_000);
    else if (event.type.startsWith('driver.')) this.play(event as DriverFact);
    else await this.command(event.type);
    await this.clock.advance(1);
    await this.send();
    this.holdInvariants(event.type);
  }

  private async command(type: string): Promise<void> {
    const { manager } = this;
    const verbs: Record<string, () => Promise<unknown>> = {
      'instance.start': () => manager.start('shop'),
      'instance.stop': () => manager.stop('shop'),
      'instance.restart': () => manager.restart('shop'),
      'instance.logout': () => manager.logout('shop'),
      'instance.showQr': () => manager.qr('shop'),
      'recovery.suspend': async () => this.cutNetwork(),
      'recovery.resume': async () => this.mendNetwork(),
    };
    await verbs[type]?.().catch((error: unknown) => {
      if (!isLifecycleError(error, 'NO_QR') && !isLifecycleError(error, 'RESTART_BUDGET_USED_UP'))
        throw error;
    });
  }

  private cutNetwork(): void {
    this.hostIsUp = false;
    this.whatsapp.faults('shop').always('open', { reject: 'NETWORK' });
    if (this.isOpen) this.whatsapp.browser('shop').setSocketState('TIMEOUT');
  }

  private mendNetwork(): void {
    this.hostIsUp = true;
    this.whatsapp.faults('shop').clear();
    if (this.isOpen) this.whatsapp.browser('shop').setSocketState('CONNECTED');
  }

  private get isOpen(): boolean {
    return this.whatsapp.openGeneration('shop') !== null;
  }

  private play({ type, generation, ...content }: DriverFact): void {
    if (!this.isOpen) return;
    const browser = this.whatsapp.browser('shop');
    if (type === 'driver.pageCrashed') browser.crash();
    else if (type === 'driver.lost' && 'failure' in content && content.failure.code === 'LOGGED_OUT')
      this.whatsapp.phone('shop').unlink();
    else if (type === 'driver.lost') browser.exit();
    else if (type === 'driver.socketState' && 'state' in content) browser.setSocketState(content.state);
    else if (type === 'driver.qrStalled') browser.stopCodes();
    else if (type === 'driver.pageTested' && 'report' in content) {
      this.whatsapp.changePage('shop', missingOf(content.report));
      browser.testPage();
    } else if (type === 'driver.passkeyRequired' && this.whatsapp.account('shop').page?.isShowingCode) {
      this.whatsapp.requirePasskey('shop', { code: true });
      this.whatsapp.phone('shop').scan();
      this.whatsapp.requirePasskey('shop', null);
    } else if (type === 'driver.passkeyGiven') void this.givePasskey();
    else if (type === 'driver.passkeyFailed')
      browser.say({ type: 'passkeyFailed', reason: 'WhatsApp refused.' });
    else if (type === 'driver.scanned' && this.whatsapp.account('shop').page?.isShowingCode)
      this.whatsapp.phone('shop').scan();
  }

  private async givePasskey(): Promise<void> {
    const { passkey } = this.manager.get('shop');
    if (passkey?.stage !== 'assertion') return;
    await this.manager.submitPasskey('shop', simulatedAssertion(passkey.options)).catch((error: unknown) => {
      if (!isLifecycleError(error)) throw error;
    });
  }

  private async send(): Promise<void> {
    const text = String(++this.sends).padStart(4, '0');
    const content = { type: 'message', payload: { to: '4915112345678', text } } as const;
    const receipt = await this.manager.send('shop', content);
    if (receipt.status !== 'failed') this.accepted.push(text);
    else expect(['NEEDS_QR', 'INSTANCE_STOPPED', 'INSTANCE_ERROR']).toContain(receipt.errorCode);
  }

  private get delivered(): string[] {
    return this.whatsapp.deliveries('shop').map(({ content }) => (content.payload as { text: string }).text);
  }

  holdInvariants(after: string): void {
    const view = this.manager.get('shop');
    const { delivered } = this;
    const states = this.facts.filter((fact) => fact.type === 'instance.state');
    const broken = Object.entries({
      'a second browser was asked for on one profile': this.whatsapp.collisions('shop') > 0,
      'ready without a browser': view.state === 'ready' && !this.isOpen,
      'a browser runs although it is stopped, cooling, halted or waiting':
        this.isOpen &&
        ['stopped', 'cooling', 'halted', 'waiting', 'suspended', 'expired'].includes(view.detail),
      'more restarts than the budget': view.restarts.used > view.restarts.max,
      'delivered twice': new Set(delivered).size !== this.whatsapp.frames('shop').length,
      'delivered out of order': delivered.join() !== [...delivered].sort().join(),
      'delivered but never accepted': delivered.some((text) => !this.accepted.includes(text)),
      'facts out of order': this.facts.some(
        (fact, at) => at > 0 && fact.number <= (this.facts[at - 1]?.number ?? 0),
      ),
      'a state fact that does not follow from the one before': states.some(
        (fact, at) => at > 0 && fact.body.previous !== states[at - 1]?.body.state,
      ),
    }).filter(([, isBroken]) => isBroken);
    if (broken.length)
      throw new Error(`after ${after}, in ${view.state}.${view.detail}: ${broken.map(([what]) => what)}`);
  }

  /** Nothing is broken any more, and a person scans where it is asked for: everything accepted must arrive. */
  async end(): Promise<void> {
    this.mendNetwork();
    this.whatsapp.changePage('shop');
    await this.clock.advance(LONGEST_WAIT_MS);
    await this.manager.start('shop');
    const isReady = () => {
      if (this.whatsapp.account('shop').page?.isShowingCode) this.whatsapp.phone('shop').scan();
      return this.manager.get('shop').state === 'ready' && this.manager.get('shop').queueDepth === 0;
    };
    await this.clock.until(isReady, 3 * 3_600_000);
    const { items } = await this.manager.queue('shop', { limit: 500 });
    expect(items.filter((item) => item.status !== 'sent')).toEqual([]);
    expect(this.delivered).toEqual(this.accepted);
    let isClosed = false;
    void this.manager.close().then(() => {
      isClosed = true;
    });
    await this.clock.until(() => isClosed);
    expect(this.whatsapp.browsers).toBe(0);
  }
}

describe('the system, taken down every path of the chart', () => {
  const machine = createInstanceMachine(new ScriptedPorts());
  it('keeps every promise, at every step and to the end', async () => {
    const graph = chartGraph();
    const paths = shortestPaths(graph, nearestEdges(machine, graph));
    let steps = 0;
    for (const path of paths) {
      const system = new System();
      await system.begin();
      for (const { event } of path) await system.cause(event);
      await system.end();
      steps += path.length;
    }
    console.log(`${paths.length} paths, ${steps} steps`);
    expect(paths.length).toBeGreaterThan(100);
  }, 120_000);
});
