/** A queue item as it stands in JSON: media by their size. */
import { ITEM_STATUSES, type ListedItem } from '@wakeeper/lifecycle';
import { z } from 'zod';
import { count, pageOf, type Told, time, timeOrNull } from '../http/answer-field.js';
import { iso, isoOrNull } from '../http/time.js';
import { contact, location, mediaWishes, mimetype } from './message-body.js';

export const itemStatus = z.enum(ITEM_STATUSES).meta({ id: 'ItemStatus' });
export const ack = z
  .literal([-1, 0, 1, 2, 3, 4])
  .nullable()
  .meta({ description: 'Acknowledgement: -1 error, 0 pending, 1 server, 2 device, 3 read, 4 played.' });
export const metadataTold = z
  .record(z.string(), z.unknown())
  .nullable()
  .meta({ description: 'Yours, as it came with the request.' });

const messagePayload = z.object({
  to: z.string(),
  text: z.string().exactOptional(),
  media: z.object({ mimetype, ...mediaWishes, bytes: count }).exactOptional(),
  location: location.exactOptional(),
  contact: contact.exactOptional(),
  quotedMessageId: z.string().exactOptional(),
  mentions: z.array(z.string()).exactOptional(),
  linkPreview: z.boolean().exactOptional(),
});
const pollPayload = z.object({
  to: z.string(),
  question: z.string(),
  options: z.array(z.string()),
  allowMultipleAnswers: z.boolean().exactOptional(),
});

const progress = {
  id: z.string(),
  instanceId: z.string(),
  status: itemStatus,
  held: z.boolean().meta({
    description:
      'Queued, and not sent before a person releases it: another account is paired than the one it was accepted for.',
  }),
  account: z.string().nullable().meta({ description: 'The account that it was accepted for.' }),
  waitsFor: z.string().nullable().meta({
    description:
      'Queued, and passed over while the page of its instance cannot do this: a capability of the self-test.',
  }),
  metadata: metadataTold,
  createdAt: time,
  expiresAt: timeOrNull.meta({ description: 'From then on it is not sent any more.' }),
  attemptCount: count,
  attemptedAt: timeOrNull,
  settledAt: timeOrNull,
  messageId: z.string().nullable(),
  ack,
  error: z.string().nullable(),
  errorCode: z.string().nullable(),
};
export const queueItemSchema = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('message'), payload: messagePayload, ...progress }),
    z.object({ type: z.literal('poll'), payload: pollPayload, ...progress }),
  ])
  .meta({ id: 'QueueItem', description: 'A message or poll that was accepted; media by their size.' });
export const heldOutcome = z
  .object({
    count: count.meta({ description: 'How many items it was done to.' }),
    heldCount: count.meta({ description: 'How many are held now.' }),
  })
  .meta({ id: 'HeldOutcome', description: 'What became of the items that were held.' });
export const queuePage = pageOf(queueItemSchema, {}).meta({ id: 'QueuePage' });

const progressJson = (item: ListedItem) => ({
  id: item.id,
  instanceId: item.instanceId,
  status: item.status,
  held: item.held,
  account: item.account,
  waitsFor: item.waitsFor,
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

export function queueItemJson(item: ListedItem): Told<typeof queueItemSchema> {
  const { type, payload } = item;
  return type === 'message'
    ? { type, payload, ...progressJson(item) }
    : { type, payload, ...progressJson(item) };
}
