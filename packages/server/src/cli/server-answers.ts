/** What the commands read in the answers of the server; what they do not name is passed over. */
import { INSTANCE_STATES, ITEM_STATUSES, PASSKEY_STAGES } from '@wakeeper/lifecycle';
import { z } from 'zod';

export const instanceAnswer = z.looseObject({
  id: z.string(),
  state: z.enum(INSTANCE_STATES),
  detail: z.string(),
  wanted: z.enum(['running', 'stopped']),
  since: z.string(),
  reason: z.string().nullable(),
  queueDepth: z.number(),
  me: z.looseObject({ id: z.string(), pushName: z.string().nullable() }).nullable(),
  page: z
    .looseObject({
      version: z.string().nullable(),
      capabilities: z.record(z.string(), z.enum(['ok', 'off', 'doubtful'])),
      missing: z.record(z.string(), z.array(z.string())),
    })
    .nullable(),
  passkey: z
    .looseObject({
      options: z.looseObject({ challenge: z.string() }),
      stage: z.enum(PASSKEY_STAGES),
      code: z.string().nullable(),
      expiresAt: z.string(),
    })
    .nullable(),
});
export type InstanceAnswer = z.output<typeof instanceAnswer>;

export const instancesAnswer = z.looseObject({
  items: z.array(instanceAnswer),
  nextCursor: z.string().nullable(),
  counts: z.record(z.string(), z.number()),
});

export const receiptAnswer = z.looseObject({
  status: z.enum(['sent', 'queued', 'failed']),
  instanceState: z.enum(INSTANCE_STATES),
  queueDepth: z.number(),
  messageId: z.string().nullable(),
  queueId: z.string().nullable(),
  error: z.string().nullable(),
  errorCode: z.string().nullable(),
});
export type ReceiptAnswer = z.output<typeof receiptAnswer>;

export const queueItemAnswer = z.looseObject({
  id: z.string(),
  status: z.enum(ITEM_STATUSES),
  messageId: z.string().nullable(),
  error: z.string().nullable(),
  errorCode: z.string().nullable(),
});

export const qrAnswer = z.looseObject({ qr: z.string(), issuedAt: z.string(), expiresAt: z.string() });
