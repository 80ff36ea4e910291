/** Counts durable facts: what was accepted, how it ended, what was received, alerts. */
import type { Fact } from '@wakeeper/lifecycle';
import type { Instruments } from './instruments.js';

type Counted = Pick<
  Instruments,
  'messagesQueued' | 'messagesSent' | 'messagesReceived' | 'alertActive' | 'alertsRaised'
>;

export const countFacts =
  (counted: Counted) =>
  ({ type, body }: Fact): void => {
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
        counted.alertActive.set({ alert: body.name }, 1);
        counted.alertsRaised.inc({ alert: body.name });
        break;
      case 'alert.resolved':
        counted.alertActive.set({ alert: body.name }, 0);
        break;
    }
  };
