/** The item that an accepted request becomes, the same in every store. */
import type { QueueItem } from '../domain/message.js';
import type { EnqueueRequest } from './store.js';

/** Written out: spreading the content into it took longer than all the rest of a send. */
export function acceptedItem(request: EnqueueRequest, seq: number): QueueItem {
  const { id, instanceId, content, metadata, createdAt, expiresAt } = request;
  return {
    type: content.type,
    payload: content.payload,
    id,
    instanceId,
    seq,
    status: 'queued',
    metadata,
    createdAt,
    expiresAt,
    attemptCount: 0,
    messageKey: null,
    messageId: null,
    ack: null,
    error: null,
    errorCode: null,
    attemptedAt: null,
    settledAt: null,
  } as QueueItem;
}
