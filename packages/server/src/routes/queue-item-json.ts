/** A queue item as it stands in JSON: media by their size. */
import type { ListedItem } from '@wakeeper/lifecycle';
import { iso, isoOrNull } from '../http/time.js';

export const queueItemJson = (item: ListedItem) => ({
  id: item.id,
  instanceId: item.instanceId,
  type: item.type,
  status: item.status,
  payload: item.payload,
  metadata: item.metadata,
  createdAt: iso(item.createdAt),
  expiresAt: isoOrNull(item.expiresAt),
  attemptCount: item.attemptCount,
  attemptedAt: isoOrNull(item.attemptedAt),
  settledAt: isoOrNull(item.settledAt),
  messageId: item.messageId,
  ack: item.ack,
  error: item.error,
  errorCode: item.errorCode,
});
