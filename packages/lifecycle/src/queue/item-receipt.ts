/** Receipts: what an item's status means to the one who sent it. */
import type { ErrorCode } from '../domain/errors.js';
import type { InstanceState } from '../domain/instance-state.js';
import type { ItemProgress, ItemStatus, QueueItem } from '../domain/message.js';
import type { Receipt } from '../domain/receipt.js';

/** `uncertain` answers `queued`: `failed` would make callers send again what may have been delivered. */
const RECEIPT_STATUS: Readonly<Record<ItemStatus, Receipt['status']>> = {
  queued: 'queued',
  sending: 'queued',
  uncertain: 'queued',
  sent: 'sent',
  failed: 'failed',
  expired: 'failed',
  cancelled: 'failed',
};

export const receiptOf = (item: QueueItem, instanceState: InstanceState, queueDepth: number): Receipt => ({
  status: RECEIPT_STATUS[item.status],
  instanceState,
  queueDepth,
  messageId: item.messageId,
  queueId: item.id,
  error: item.error,
  errorCode: item.errorCode,
});

/** The receipt of a send that was not accepted: there is no item. */
export const refusal = (
  errorCode: ErrorCode,
  error: string,
  instanceState: InstanceState,
  queueDepth: number,
): Receipt => ({
  status: 'failed',
  instanceState,
  queueDepth,
  messageId: null,
  queueId: null,
  error,
  errorCode,
});

/** Whether a caller who waits for the outcome has it now: settled, parked, or to be sent a second time. */
export const isOutcome = (item: QueueItem): boolean =>
  (item.status !== 'queued' && item.status !== 'sending') || isTainted(item);

/**
 * True of an item of which an earlier attempt may have been delivered, and which waits for another one all the same
 * (UNCERTAIN_POLICY=resend, or a person's word). It must never end as `failed` or `expired`: both say "not delivered".
 */
export const isTainted = (item: ItemProgress): boolean =>
  item.status === 'queued' && item.errorCode === 'UNCERTAIN';
