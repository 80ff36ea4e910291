/** Webhooks and their deliveries as they stand in JSON. Secrets and the values of headers stay here. */
import { DELIVERY_STATUSES, type WebhookDelivery } from '@wakeeper/lifecycle';
import { z } from 'zod';
import { count, pageOf, type Told, time, timeOrNull } from '../http/answer-field.js';
import { iso, isoOrNull } from '../http/time.js';
import { deliveryId } from '../webhooks/delivery-attempt.js';
import type { WebhookView } from '../webhooks/webhooks.js';
import { eventJson } from './event-json.js';
import { eventSchema } from './event-schema.js';
import { retries } from './webhook-body.js';

const HIDDEN = '***';

export const webhookSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string(),
    events: z.array(z.string()),
    instances: z.array(z.string()).nullable().meta({ description: 'Null for all of them.' }),
    headers: z
      .record(z.string(), z.literal(HIDDEN))
      .meta({ description: 'By name; the values stay hidden.' }),
    retries,
    source: z.enum(['api', 'environment']).meta({ description: 'Who made it, and so who may change it.' }),
    enabled: z.boolean(),
    disabledReason: z.string().nullable(),
    failures: count.meta({ description: 'Failures in a row; the breaker opens at ten.' }),
    failingSince: timeOrNull,
    breaker: z.enum(['closed', 'open']).meta({ description: 'Open: one probe at a time.' }),
    retryAt: timeOrNull,
    backlog: count.meta({ description: 'Deliveries that wait.' }),
    secrets: z
      .array(z.object({ expiresAt: timeOrNull }))
      .meta({ description: 'Until when each secret signs, newest first.' }),
    createdAt: time,
  })
  .meta({ id: 'Webhook', description: 'A subscription: where events are delivered, and which.' });
export const webhookWithSecretSchema = webhookSchema
  .extend({
    secret: z.string().nullable().meta({ description: 'What signs the deliveries. No other answer has it.' }),
  })
  .meta({ id: 'WebhookWithSecret' });
export const webhookPage = pageOf(webhookSchema, {}).meta({ id: 'WebhookPage' });

export const webhookJson = ({ webhook, standing, backlog }: WebhookView): Told<typeof webhookSchema> => ({
  id: webhook.id,
  url: webhook.url,
  description: webhook.description,
  events: webhook.events,
  instances: webhook.instances,
  headers: Object.fromEntries(Object.keys(webhook.headers).map((name) => [name, HIDDEN])),
  retries: webhook.retries,
  source: webhook.source,
  enabled: standing.enabled,
  disabledReason: standing.disabledReason,
  failures: standing.failures,
  failingSince: isoOrNull(standing.failingSince),
  breaker: standing.openSince === null ? 'closed' : 'open',
  retryAt: isoOrNull(standing.retryAt),
  backlog,
  secrets: webhook.secrets.map(({ expiresAt }) => ({ expiresAt: isoOrNull(expiresAt) })),
  createdAt: iso(webhook.createdAt),
});

/** With the secret, which no other answer has. */
export const webhookWithSecretJson = (view: WebhookView): Told<typeof webhookWithSecretSchema> => ({
  ...webhookJson(view),
  secret: view.webhook.secrets[0]?.secret ?? null,
});

export const deliverySchema = z
  .object({
    id: z.string(),
    webhookId: z.string(),
    instanceId: z.string().nullable(),
    status: z.enum(DELIVERY_STATUSES),
    attempts: count,
    steppedAside: z.boolean().meta({ description: 'It holds no other delivery of its instance.' }),
    firstAttemptAt: timeOrNull,
    lastAttemptAt: timeOrNull,
    nextAttemptAt: timeOrNull,
    settledAt: timeOrNull,
    responseStatus: z.int().nullable().meta({ description: 'HTTP status of the last answer.' }),
    error: z.string().nullable(),
    event: eventSchema,
  })
  .meta({ id: 'Delivery', description: 'One event for one webhook, and what became of it.' });
export const deliveryPage = pageOf(deliverySchema, {}).meta({ id: 'DeliveryPage' });

export const deliveryJson = (delivery: WebhookDelivery): Told<typeof deliverySchema> => ({
  id: deliveryId(delivery),
  webhookId: delivery.webhookId,
  instanceId: delivery.fact.instanceId,
  status: delivery.status,
  attempts: delivery.attempts,
  steppedAside: delivery.aside,
  firstAttemptAt: isoOrNull(delivery.firstAttemptAt),
  lastAttemptAt: isoOrNull(delivery.lastAttemptAt),
  nextAttemptAt:
    delivery.status === 'pending' && delivery.nextAttemptAt > 0 ? iso(delivery.nextAttemptAt) : null,
  settledAt: isoOrNull(delivery.settledAt),
  responseStatus: delivery.responseStatus,
  error: delivery.error,
  event: eventJson(delivery.fact),
});
