/** The chart's ports, wired to what the manager holds. */
import type { FactDraft } from '../domain/fact.js';
import type { InstancePorts, PassedEvent } from '../instance/instance-ports.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { Clock } from '../ports/clock.js';
import type { Driver } from '../ports/driver.js';
import type { LaunchGate } from './launch-gate.js';
import type { ManagedInstance } from './managed-instance.js';

export interface PortsDeps {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly options: LifecycleOptions;
  readonly gate: LaunchGate;
  readonly find: (instanceId: string) => ManagedInstance | undefined;
}

/** The fact that an event of the driver becomes, or null where it is an instance's own business. */
function factOf(instanceId: string, event: PassedEvent, at: number): FactDraft | null {
  switch (event.type) {
    case 'inbound':
      return { type: 'message.received', instanceId, at, body: event.message };
    case 'created':
      return { type: 'message.created', instanceId, at, body: event.message };
    case 'pollVote':
      return { type: 'poll.vote', instanceId, at, body: event.vote };
    case 'pairingCode': {
      const body = { qr: null, pairingCode: event.code, issuedAt: at, expiresAt: null };
      return { type: 'instance.qr', instanceId, at, body };
    }
    case 'ack':
      return null;
  }
}

export const managerPorts = ({ driver, clock, options, gate, find }: PortsDeps): InstancePorts => ({
  driver,
  clock,
  proxyOf: (id) => find(id)?.proxy ?? null,
  acquireLaunch: (id, signal) => gate.acquire(id, signal),
  releaseLaunch: (id) => gate.release(id),
  openGate: (id, generation) => find(id)?.queue.open(generation),
  closeGate: (id) => find(id)?.queue.hold(),
  generationClosed: (id, generation) => find(id)?.queue.generationClosed(generation),
  drain: async (id) => find(id)?.queue.drain(options.drainTimeoutMs),
  logout: async (instanceId, generation, deadlineMs) => {
    try {
      if (generation !== null) await driver.logout({ instanceId, generation, deadlineMs });
    } finally {
      await driver.close({ instanceId, mode: 'forget', deadlineMs: options.closeTimeoutMs });
    }
  },
  heard: (id, _generation, event) => {
    const instance = find(id);
    if (event.type === 'ack') instance?.queue.heardAck(event);
    const fact = factOf(id, event, clock.now());
    if (fact) instance?.tell([fact]);
  },
});
