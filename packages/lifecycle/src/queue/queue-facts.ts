/** The facts that the queue tells of its items, each committed together with the change it tells of. */
import type { FactDraft } from '../domain/fact.js';
import type { Ack, QueueItem } from '../domain/message.js';

export type MessageFactType =
  | 'message.queued'
  | 'message.sent'
  | 'message.failed'
  | 'message.uncertain'
  | 'message.expired'
  | 'message.cancelled'
  | 'message.waiting'
  | 'message.held';

/** What a fact tells of an item; an item that is about to be stored has no more than this yet. */
export type TellingPart = Pick<
  QueueItem,
  'id' | 'instanceId' | 'type' | 'status' | 'messageId' | 'ack' | 'metadata' | 'error' | 'errorCode'
> & { readonly payload: { readonly to: string } };

export const messageFact = (type: MessageFactType, item: TellingPart, at: number): FactDraft => ({
  type,
  instanceId: item.instanceId,
  at,
  body: {
    queueId: item.id,
    type: item.type,
    status: item.status,
    to: item.payload.to,
    messageId: item.messageId,
    ack: item.ack,
    metadata: item.metadata,
    error: item.error,
    errorCode: item.errorCode,
  },
});

export const ackFact = (item: QueueItem, messageId: string, ack: Ack, at: number): FactDraft => ({
  type: 'message.ack',
  instanceId: item.instanceId,
  at,
  body: { messageId, queueId: item.id, ack, metadata: item.metadata },
});
