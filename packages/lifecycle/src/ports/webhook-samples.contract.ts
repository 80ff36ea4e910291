/** The webhooks and outcomes that the store's contract works with. */
import {
  type DeliveryProgress,
  GOOD_STANDING,
  NEW_DELIVERY,
  type Webhook,
  type WebhookDelivery,
} from '../domain/webhook.js';
import type { DeliveryOutcome } from './webhook-store.js';

export const someWebhook = (id: string, change: Partial<Webhook> = {}): Webhook => ({
  id,
  url: `https://example.org/${id}`,
  description: 'Größe 😀',
  events: ['*'],
  instances: null,
  headers: { 'x-team': 'sales' },
  secrets: [
    { secret: 'whsec_bmV3', expiresAt: null },
    { secret: 'whsec_b2xk', expiresAt: 5000 },
  ],
  retries: { policy: 'linear', delaySeconds: 2, attempts: 3 },
  source: 'api',
  createdAt: 1000,
  ...change,
});

/** What an attempt came to: by default a failure that is tried again at 9000. */
export const outcomeOf = (
  { webhookId, fact: { number } }: WebhookDelivery,
  progress: Partial<DeliveryProgress> = {},
  change: Partial<DeliveryOutcome> = {},
): DeliveryOutcome => ({
  webhookId,
  number,
  progress: {
    ...NEW_DELIVERY,
    attempts: 1,
    firstAttemptAt: 2000,
    lastAttemptAt: 2000,
    nextAttemptAt: 9000,
    responseStatus: 503,
    error: 'It answered 503.',
    ...progress,
  },
  standing: GOOD_STANDING,
  rejoinSince: null,
  dueBy: null,
  ...change,
});

export const DELIVERED: Partial<DeliveryProgress> = {
  status: 'delivered',
  settledAt: 2000,
  nextAttemptAt: 0,
  responseStatus: 204,
  error: null,
};
export const DEAD: Partial<DeliveryProgress> = { status: 'dead', settledAt: 2000 };
