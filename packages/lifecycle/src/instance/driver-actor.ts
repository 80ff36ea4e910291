/** One generation as a child of the chart: it lives exactly as long as its events count. */
import { fromCallback } from 'xstate';
import { messageOf } from '../domain/errors.js';
import type { Rung } from '../domain/instance-state.js';
import { DriverError, type DriverEvent, type DriverFailure } from '../ports/driver.js';
import type { DriverFact } from './instance-events.js';
import type { InstancePorts, PassedEvent } from './instance-ports.js';

export interface GenerationInput {
  readonly instanceId: string;
  readonly generation: number;
  readonly rung: Rung;
}

const PASSED: ReadonlySet<DriverEvent['type']> = new Set([
  'inbound',
  'created',
  'edited',
  'revoked',
  'reaction',
  'ack',
  'pollVote',
  'unreadable',
  'timelock',
  'pairingCode',
  'actionRequired',
  'actionTaken',
]);
const isPassed = (event: DriverEvent): event is PassedEvent => PASSED.has(event.type);

/** The reason behind anything that a driver rejected with. */
export const failureOf = (thrown: unknown): DriverFailure =>
  thrown instanceof DriverError ? thrown.failure : { code: 'LAUNCH_FAILED', message: messageOf(thrown) };

export const driverActor = (ports: InstancePorts) =>
  fromCallback<DriverFact, GenerationInput>(({ input, sendBack }) => {
    const { instanceId, generation } = input;
    const given = new AbortController();
    // sendBack is delivered even while the actor is being disposed of, so the end is kept here too.
    let live = true;
    let opening = true;
    const hear = (event: DriverEvent): void => {
      if (!live) return;
      if (isPassed(event)) ports.heard(instanceId, generation, event);
      else sendBack({ ...event, type: `driver.${event.type}`, generation } as DriverFact);
    };
    const [proxy, labels] = [ports.proxyOf(instanceId), ports.labelsOf(instanceId)];
    ports.driver.open({ ...input, proxy, labels, signal: given.signal, hear }).then(
      () => {
        opening = false;
      },
      (error: unknown) => {
        opening = false;
        if (live) sendBack({ type: 'driver.openFailed', generation, failure: failureOf(error) });
      },
    );
    return () => {
      live = false;
      // A launch is cut short; a session that is up is closed gently, by `close`.
      if (opening) given.abort();
    };
  });
