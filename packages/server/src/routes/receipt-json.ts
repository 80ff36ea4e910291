/** The answer to a send, for the API description. The library makes it. */
import type { Receipt } from '@wakeeper/lifecycle';
import { z } from 'zod';
import { count } from '../http/answer-field.js';
import { instanceState } from './instance-json.js';

export const receiptSchema = z
  .object({
    status: z.enum(['sent', 'queued', 'failed']).meta({
      description:
        "`sent`: WhatsApp's server took it. `queued`: durably accepted, it will be sent. `failed`: not accepted, or WhatsApp refused it.",
    }),
    instanceState,
    queueDepth: count.meta({ description: 'Items accepted and not yet settled, this one included.' }),
    messageId: z.string().nullable().meta({ description: "WhatsApp's id, as soon as it is known." }),
    queueId: z.string().nullable().meta({ description: 'Name of the item in the queue; null when refused.' }),
    error: z.string().nullable(),
    errorCode: z
      .string()
      .nullable()
      .meta({ examples: ['NEEDS_QR'] }),
  })
  .meta({
    id: 'Receipt',
    description: 'Every valid body to an existing instance is answered with one.',
  }) satisfies z.ZodType<Receipt>;
