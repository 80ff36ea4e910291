/** Counts durable facts: what was accepted, how it ended, what was received, alerts. */
import type { Fact } from '@wakeeper/lifecycle';
import type { Instruments } from './instruments.js';

type Counted = Pick<Instruments, 'messagesQueued' | 'messagesSent' | 'messagesReceived' | 'alertsRaised'>;

/** Alerts about a webhook carry its id behind a colon. */
const kindOf = (alert: string): string => alert.split(':')[0] ?? alert;

/** The same alert may stand at several instances. */
const ofInstance = (alert: string, instanceId: string | null): string =>
  instanceId === null ? alert : `${alert}:${instanceId}`;

/** The alerts that stand now, by their kind. */
export class RaisedAlerts {
  readonly #names = new Set<string>();
  readonly #gauge: Instruments['alertActive'];

  constructor(gauge: Instruments['alertActive']) {
    this.#gauge = gauge;
  }

  raise(name: string): void {
    this.#names.add(name);
    this.#tell(kindOf(name));
  }

  resolve(name: string): void {
    this.#names.delete(name);
    this.#tell(kindOf(name));
  }

  #tell(alert: string): void {
    this.#gauge.set({ alert }, [...this.#names].filter((name) => kindOf(name) === alert).length);
  }
}

export function countFacts(counted: Counted, alerts: RaisedAlerts): (fact: Fact) => void {
  return ({ type, body, instanceId }) => {
    switch (type) {
      case 'message.queued':
        counted.messagesQueued.inc({ type: body.type });
        break;
      case 'message.sent':
      case 'message.failed':
      case 'message.uncertain':
      case 'message.expired':
      case 'message.cancelled':
        counted.messagesSent.inc({ result: type.slice('message.'.length) });
        break;
      case 'message.received':
        counted.messagesReceived.inc();
        break;
      case 'alert.raised':
        alerts.raise(ofInstance(body.name, instanceId));
        counted.alertsRaised.inc({ alert: kindOf(body.name) });
        break;
      case 'alert.resolved':
        alerts.resolve(ofInstance(body.name, instanceId));
        break;
    }
  };
}
