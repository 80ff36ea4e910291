/** The item that an accepted request becomes, and what a change makes of it: the same in every store. */
import type { ItemProgress, QueueItem } from '../domain/message.js';
import type { EnqueueRequest, ItemChange } from './store.js';

/** Written out: spreading the content into it took longer than all the rest of a send. */
export function acceptedItem(request: EnqueueRequest, seq: number): QueueItem {
  const { id, instanceId, content, account, metadata, createdAt, expiresAt } = request;
  return {
    type: content.type,
    payload: content.payload,
    id,
    instanceId,
    seq,
    status: 'queued',
    account,
    held: false,
    waitsFor: null,
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

/** SQL ends a text at a NUL, which a page may have in what it throws: a mark that can be seen stands for it. */
const withoutNul = (text: string): string => text.replaceAll('\u0000', '\u2400');

/** Null when the change does not apply to the item as it is. What waits no longer is neither held nor passed over. */
export function changedItem<Item extends ItemProgress>(item: Item, change: ItemChange): Item | null {
  const { instanceId, id, from, ifHeld, attempts = 0, ...fields } = change;
  if (item.instanceId !== instanceId || item.id !== id || !from.includes(item.status)) return null;
  if (ifHeld !== undefined && item.held !== ifHeld) return null;
  const { held, waitsFor, ...changed } = { ...item, ...fields };
  const isQueued = changed.status === 'queued';
  return {
    ...changed,
    error: changed.error && withoutNul(changed.error),
    held: isQueued && held,
    waitsFor: isQueued ? waitsFor : null,
    attemptCount: item.attemptCount + attempts,
  } as unknown as Item;
}
