/** The chart's ports, wired to what the manager holds. */
import type { InstancePorts } from '../instance/instance-ports.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { PageSelfTest } from '../policy/page-policy.js';
import type { Clock } from '../ports/clock.js';
import type { Driver } from '../ports/driver.js';
import type { ActionAlerts } from './action-alerts.js';
import type { Inbox } from './inbox.js';
import type { LaunchGate } from './launch-gate.js';
import type { ManagedInstance } from './managed-instance.js';
import type { Restrictions } from './restrictions.js';

export interface PortsDeps {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly options: LifecycleOptions;
  readonly gate: LaunchGate;
  readonly inbox: Inbox;
  readonly pageSelfTest: () => PageSelfTest;
  readonly actions: ActionAlerts;
  readonly restrictions: Restrictions;
  readonly find: (instanceId: string) => ManagedInstance | undefined;
}

export const managerPorts = ({
  driver,
  clock,
  options,
  gate,
  inbox,
  actions,
  restrictions,
  pageSelfTest,
  find,
}: PortsDeps): InstancePorts => ({
  driver,
  clock,
  pageSelfTest,
  proxyOf: (id) => find(id)?.proxy ?? null,
  labelsOf: (id) => find(id)?.labels ?? {},
  acquireLaunch: (id, signal) => gate.acquire(id, signal),
  releaseLaunch: (id) => gate.release(id),
  expectedAccountOf: (id) => find(id)?.kept.expectedAccount ?? null,
  openGate: (id, generation, account) => {
    if (account === null) return;
    const instance = find(id);
    instance?.pairedWith(account, generation);
    // Its page may have been deaf for longer than is fetched otherwise.
    inbox.opened(id, generation, { sinceLastWell: instance?.kept.isBehind === true });
  },
  closeGate: (id) => {
    find(id)?.queue.hold();
    inbox.closed(id);
  },
  generationClosed: (id, generation) => {
    actions.over(id);
    find(id)?.queue.generationClosed(generation);
  },
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
    if (event.type === 'pairingCode') {
      const at = clock.now();
      const body = { qr: null, pairingCode: event.code, issuedAt: at, expiresAt: null };
      instance?.tell([{ type: 'instance.qr', instanceId: id, at, body }]);
    } else if (event.type === 'actionRequired' || event.type === 'actionTaken') actions.note(id, event);
    else if (instance?.isUnproved) {
      // Of an account that is not the expected one nothing is told.
    } else if (event.type === 'ack') instance?.queue.heardAck(event);
    else if (event.type === 'timelock') restrictions.heard(id, event.restriction);
    else inbox.heard(id, event);
  },
});
