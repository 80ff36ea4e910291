/** Webhooks and their deliveries as they stand in JSON. Secrets and the values of headers stay here. */
import type { WebhookDelivery } from '@wakeeper/lifecycle';
import { iso, isoOrNull } from '../http/time.js';
import { deliveryId } from '../webhooks/delivery-attempt.js';
import type { WebhookView } from '../webhooks/webhooks.js';
import { eventJson } from './event-json.js';

const HIDDEN = '***';

export const webhookJson = ({ webhook, standing, backlog }: WebhookView) => ({
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
  /** Failures in a row; the breaker opens at ten. */
  failures: standing.failures,
  failingSince: isoOrNull(standing.failingSince),
  breaker: standing.openSince === null ? 'closed' : 'open',
  retryAt: isoOrNull(standing.retryAt),
  backlog,
  /** Until when each secret signs, newest first. */
  secrets: webhook.secrets.map(({ expiresAt }) => ({ expiresAt: isoOrNull(expiresAt) })),
  createdAt: iso(webhook.createdAt),
});

/** With the secret, which no other answer has. */
export const webhookWithSecretJson = (view: WebhookView) => ({
  ...webhookJson(view),
  secret: view.webhook.secrets[0]?.secret ?? null,
});

export const deliveryJson = (delivery: WebhookDelivery) => ({
  id: deliveryId(delivery),
  webhookId: delivery.webhookId,
  instanceId: delivery.fact.instanceId,
  status: delivery.status,
  attempts: delivery.attempts,
  /** It holds no other delivery of its instance. */
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
