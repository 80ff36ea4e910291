/**
 * The webhooks' part of the store: subscriptions, how they stand, and the outbox of their deliveries.
 *
 * A fact becomes deliveries by `plan`, which moves each webhook's place in the stream in the same transaction, so that
 * none is missed and none comes twice. A store that removes facts plans them first: a fact that is durable reaches every
 * webhook that wants it, wherever the process dies. Deliveries carry a copy of their fact.
 *
 * A lane is what one webhook is told of one instance (or, with null, of the node). Its head is the oldest pending
 * delivery that has not stepped aside.
 */
import type { Fact, FactDraft } from '../domain/fact.js';
import type {
  DeliveryProgress,
  DeliveryStatus,
  Webhook,
  WebhookDelivery,
  WebhookStanding,
} from '../domain/webhook.js';

export interface StoredWebhook {
  readonly webhook: Webhook;
  readonly standing: WebhookStanding;
}

export interface Lane {
  readonly webhookId: string;
  readonly instanceId: string | null;
}

export interface DeliveryPlan {
  /** Where there are new deliveries, each lane once. */
  readonly lanes: readonly Lane[];
  /** There are facts left that were not looked at. */
  readonly more: boolean;
}

export interface DeliveryOutcome {
  readonly webhookId: string;
  /** Of the fact. */
  readonly number: number;
  readonly progress: DeliveryProgress;
  readonly standing: WebhookStanding;
  /** Deliveries that stepped aside, were first tried no earlier, and were not refused for themselves, go back into their lanes. */
  readonly rejoinSince: number | null;
  /** Everything pending is due at that time at the latest. */
  readonly dueBy: number | null;
}

export interface DeliveryQuery {
  readonly webhookId: string;
  readonly statuses?: readonly DeliveryStatus[];
  readonly limit: number;
  /** Only facts with a smaller number. */
  readonly before?: number;
}

export interface RedeliveryRange {
  readonly webhookId: string;
  /** Facts of these times, both included. */
  readonly from: number;
  readonly to: number;
  /** Deliveries in these statuses are sent again. */
  readonly statuses: readonly DeliveryStatus[];
}

export interface DeliveryRetention {
  /** Settled deliveries older than that are removed. */
  readonly settledBefore: number;
  /** At most so many settled ones a webhook; the newest facts are kept. */
  readonly keepSettled: number;
  /** At most so many pending ones a webhook; beyond it the oldest facts become `dead`. */
  readonly keepPending: number;
  /** The time of those deaths. */
  readonly now: number;
}

export interface WebhookStore {
  /** In the order of their making. */
  load(): Promise<readonly StoredWebhook[]>;
  /** It hears the facts that come from now on. The id is new. */
  insert(webhook: Webhook, standing: WebhookStanding): Promise<void>;
  /** Replaces the subscription. False when there is none with this id. */
  save(webhook: Webhook): Promise<boolean>;
  /** Removes it with its deliveries. Null, and nothing is written, when it is not there. */
  remove(webhookId: string, facts: readonly FactDraft[]): Promise<readonly Fact[] | null>;
  /**
   * Replaces how it stands. While it is not enabled it hears nothing; enabled again, it hears the facts that come from
   * then on, and everything that waits is due at once, back in its lane unless it was refused for itself. Null, and nothing is written, when it is not there.
   */
  stand(
    webhookId: string,
    standing: WebhookStanding,
    facts: readonly FactDraft[],
  ): Promise<readonly Fact[] | null>;

  /** Makes deliveries out of at most so many facts that the enabled webhooks have not heard of. */
  plan(limit: number): Promise<DeliveryPlan>;
  /** The head of every lane that has one, oldest first. */
  heads(webhookId: string): Promise<readonly WebhookDelivery[]>;
  head(lane: Lane): Promise<WebhookDelivery | null>;
  /** Pending deliveries that have stepped aside, in the order in which they are due, then of their facts. */
  aside(webhookId: string, limit: number): Promise<readonly WebhookDelivery[]>;
  /** Writes what an attempt came to. Null, and nothing is written, when the delivery is not there or not pending. */
  settle(outcome: DeliveryOutcome, facts: readonly FactDraft[]): Promise<readonly Fact[] | null>;

  get(webhookId: string, number: number): Promise<WebhookDelivery | null>;
  /** Newest fact first. */
  list(query: DeliveryQuery): Promise<readonly WebhookDelivery[]>;
  /** Sends it again, beside its lane: it is as new, and due at once. Null when it is not there. */
  redeliver(webhookId: string, number: number): Promise<WebhookDelivery | null>;
  /**
   * Sends those of a time again, as `redeliver` does, and delivers facts of that time that are still in the stream, are
   * wanted and were never planned for it. Returns how many.
   */
  redeliverRange(range: RedeliveryRange): Promise<number>;
  /** Pending deliveries of each webhook that has any. */
  backlogs(): Promise<ReadonlyMap<string, number>>;
  /** Returns how many pending ones were given up. */
  prune(retention: DeliveryRetention): Promise<number>;
}
