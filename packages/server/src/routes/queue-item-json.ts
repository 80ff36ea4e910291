/** A queue item as it stands in JSON. */
import type { QueueItem } from '@wakeeper/lifecycle';
import { iso, isoOrNull } from '../http/time.js';

/** Media are shown by their size: fifty of them in one answer would be a gigabyte. */
function payloadJson(item: QueueItem) {
  if (item.type === 'poll' || !item.payload.media) return item.payload;
  const { data, ...media } = item.payload.media;
  return { ...item.payload, media: { ...media, bytes: Buffer.byteLength(data, 'base64') } };
}

export const queueItemJson = (item: QueueItem) => ({
  id: item.id,
  instanceId: item.instanceId,
  type: item.type,
  status: item.status,
  payload: payloadJson(item),
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
