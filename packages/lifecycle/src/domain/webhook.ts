/** Webhooks: who wants to be told of which facts, how that endpoint stands, and what became of each delivery. */
import type { Fact } from './fact.js';

export interface WebhookSecret {
  /** `whsec_` and the key in base64. */
  readonly secret: string;
  /** Epoch milliseconds from which it signs no more; null for the one that stays. */
  readonly expiresAt: number | null;
}

/** A rule of the subscriber's own in place of the usual schedule. */
export interface RetryRule {
  readonly policy: 'constant' | 'linear' | 'exponential';
  readonly delaySeconds: number;
  /** How often a delivery is tried again after its first attempt. */
  readonly attempts: number;
}

/** A subscription: where facts are delivered, and which. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  /** Types of facts, `noun.*` for all of a noun, `*` for all. */
  readonly events: readonly string[];
  /** Only facts of these instances; null for all, and those about the node too. */
  readonly instances: readonly string[] | null;
  /** Sent with every delivery. */
  readonly headers: Readonly<Record<string, string>>;
  /** Newest first. Each one that has not expired signs. */
  readonly secrets: readonly WebhookSecret[];
  readonly retries: RetryRule | null;
  /** Who made it, and so who may change it. */
  readonly source: 'api' | 'environment';
  readonly createdAt: number;
}

/** How its endpoint stands: what the breaker knows. */
export interface WebhookStanding {
  readonly enabled: boolean;
  /** Why it is not, as a sentence. */
  readonly disabledReason: string | null;
  /** In a row, over all deliveries. */
  readonly failures: number;
  /** The first of them. */
  readonly failingSince: number | null;
  /** Since when the breaker is open: one probe at a time. Null while it is closed. */
  readonly openSince: number | null;
  /** Nothing is attempted before. */
  readonly retryAt: number | null;
}

export const GOOD_STANDING: WebhookStanding = {
  enabled: true,
  disabledReason: null,
  failures: 0,
  failingSince: null,
  openSince: null,
  retryAt: null,
};

/** `dead` is past its last try; it is kept, can be looked at and be sent again. */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'dead'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** What attempts change of a delivery. */
export interface DeliveryProgress {
  readonly status: DeliveryStatus;
  readonly attempts: number;
  /** It blocks no other delivery of its instance any more. */
  readonly aside: boolean;
  readonly firstAttemptAt: number | null;
  readonly lastAttemptAt: number | null;
  /** Epoch milliseconds; 0 for at once. */
  readonly nextAttemptAt: number;
  /** When it became `delivered` or `dead`. */
  readonly settledAt: number | null;
  /** HTTP status of the last answer; null when there was none. */
  readonly responseStatus: number | null;
  /** Why the last attempt failed, as a sentence. */
  readonly error: string | null;
}

/** One fact for one webhook. Within a webhook the fact's number names it. */
export interface WebhookDelivery extends DeliveryProgress {
  readonly webhookId: string;
  readonly fact: Fact;
}

export const NEW_DELIVERY: DeliveryProgress = {
  status: 'pending',
  attempts: 0,
  aside: false,
  firstAttemptAt: null,
  lastAttemptAt: null,
  nextAttemptAt: 0,
  settledAt: null,
  responseStatus: null,
  error: null,
};

/** These answers are about the message, not about the endpoint: it steps aside at once, and stays there. */
export const MESSAGE_REFUSALS: readonly number[] = [400, 413, 422];

/** The `error` of a delivery that died without a last attempt. */
export const GIVEN_UP = 'Too many deliveries were waiting for this endpoint; the oldest were given up.';

export function wantsFact(
  { events, instances }: Pick<Webhook, 'events' | 'instances'>,
  { type, instanceId }: Pick<Fact, 'type' | 'instanceId'>,
): boolean {
  if (instances && (instanceId === null || !instances.includes(instanceId))) return false;
  return events.some(
    (pattern) =>
      pattern === '*' ||
      pattern === type ||
      (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, pattern.length - 1))),
  );
}
