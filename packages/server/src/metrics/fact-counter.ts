/** Counts durable facts: what was accepted, how it ended, what was received, alerts. */
import type { Fact } from '@wakeeper/lifecycle';
import type { Instruments } from './instruments.js';

type Counted = Pick<
  Instruments,
  'messagesQueued' | 'messagesSent' | 'messagesReceived' | 'messagesUnreadable' | 'alertsRaised'
>;

/** Alerts about a webhook carry its id behind a colon. */
const kindOf = (alert: string): string => alert.split(':')[0] ?? alert;

const keyOf = (name: string, instanceId: string | null): string => `${name} ${instanceId ?? ''}`;

/** The alerts that stand now, by their kind. */
export class RaisedAlerts {
  /** The kind of each that stands. One that is about an instance stands for each of them. */
  readonly #kinds = new Map<string, string>();
  readonly #gauge: Instruments['alertActive'];

  constructor(gauge: Instruments['alertActive']) {
    this.#gauge = gauge;
  }

  raise(name: string, instanceId: string | null = null): void {
    this.#kinds.set(keyOf(name, instanceId), kindOf(name));
    this.#tell(kindOf(name));
  }

  resolve(name: string, instanceId: string | null = null): void {
    this.#kinds.delete(keyOf(name, instanceId));
    this.#tell(kindOf(name));
  }

  #tell(alert: string): void {
    this.#gauge.set({ alert }, [...this.#kinds.values()].filter((kind) => kind === alert).length);
  }
}

export function countFacts(counted: Counted, alerts: RaisedAlerts): (fact: Fact) => void {
  return ({ type, instanceId, body }) => {
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
      case 'message.unreadable':
        counted.messagesUnreadable.inc();
        break;
      case 'alert.raised':
        alerts.raise(body.name, instanceId);
        counted.alertsRaised.inc({ alert: kindOf(body.name) });
        break;
      case 'alert.resolved':
        alerts.resolve(body.name, instanceId);
        break;
    }
  };
}
