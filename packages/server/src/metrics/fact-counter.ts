/** Counts durable facts: what was accepted, how it ended, what was received, alerts. */
import type { Fact } from '@wakeeper/lifecycle';
import type { Instruments } from './instruments.js';

type Counted = Pick<
  Instruments,
  'messagesQueued' | 'messagesSent' | 'messagesReceived' | 'alertActive' | 'alertsRaised'
>;

/** Alerts about a webhook carry its id behind a colon. */
const kindOf = (alert: string): string => alert.split(':')[0] ?? alert;

export function countFacts(counted: Counted): (fact: Fact) => void {
  const raised = new Set<string>();
  const tellRaised = (alert: string): void => {
    const ofKind = [...raised].filter((name) => kindOf(name) === alert).length;
    counted.alertActive.set({ alert }, ofKind);
  };
  return ({ type, body }) => {
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
        raised.add(body.name);
        tellRaised(kindOf(body.name));
        counted.alertsRaised.inc({ alert: kindOf(body.name) });
        break;
      case 'alert.resolved':
        raised.delete(body.name);
        tellRaised(kindOf(body.name));
        break;
    }
  };
}
