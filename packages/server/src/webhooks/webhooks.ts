/**
 * Webhooks: the subscriptions of a server, and the deliveries of its facts. A subscriber of the manager's facts; what is
 * to be delivered stands in the store, so that nothing is lost when the process dies at any moment.
 */
import {
  type Clock,
  type DeliveryStatus,
  GOOD_STANDING,
  type InstanceManager,
  type Log,
  type Store,
  systemClock,
  type Webhook,
  type WebhookDelivery,
  type WebhookStanding,
} from '@wakeeper/lifecycle';
import { Problem } from '../http/problem.js';
import { type AttemptDeps, attemptDelivery, attemptEvent } from './delivery-attempt.js';
import { Endpoint, type EndpointDeps } from './endpoint.js';
import { httpPost, type Post, type PostAnswer } from './http-post.js';
import { Planner } from './planner.js';
import { keepWithinBounds } from './retention.js';
import { activeSecrets, newSecret } from './signature.js';
import { UrlGuard } from './url-guard.js';
import { BY_HAND, raisedAlerts, resolvedFacts } from './verdict.js';
import { newWebhookId } from './webhook-id.js';

export interface WebhooksOptions {
  /** The manager's; open as long as this is. */
  readonly store: Store;
  readonly manager: Pick<InstanceManager, 'subscribe' | 'publish'>;
  readonly log: Log;
  /** The system's by default. */
  readonly clock?: Clock;
  /** IP addresses and CIDR ranges of one's own network that may be delivered to; none by default. */
  readonly allowPrivate?: readonly string[];
  /** For connecting and answering together; 15,000 by default. */
  readonly timeoutMs?: number;
  /** How long deliveries are kept that were delivered or are dead; a week by default. */
  readonly retentionMs?: number;
  /** Deliveries of one webhook that may wait, and as many that are kept afterwards; 100,000 by default. */
  readonly maxBacklog?: number;
  /** How long a close waits for attempts in flight; 2,000 by default. */
  readonly closeGraceMs?: number;
  /** Hears how each attempt of a delivery was answered. */
  readonly attempted?: (answer: PostAnswer) => void;
  /** How a request is made; by HTTP, guarded, by default. */
  readonly post?: Post;
}

/** What a person says of a webhook. */
export type WebhookSettings = Pick<
  Webhook,
  'url' | 'description' | 'events' | 'instances' | 'headers' | 'retries'
>;

export interface WebhookView {
  readonly webhook: Webhook;
  readonly standing: WebhookStanding;
  /** Deliveries that wait. */
  readonly backlog: number;
}

export interface DeliveryPage {
  readonly items: readonly WebhookDelivery[];
  readonly nextCursor: string | null;
}

/** Each fact is held against each of them. */
const MOST_WEBHOOKS = 100;
const WEEK_MS = 7 * 24 * 3_600_000;
/** Signing with more makes headers long; somebody who rotates that often has no receiver left that knows the oldest. */
const MOST_SECRETS = 3;

export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #guard: UrlGuard;
  readonly #attemptDeps: AttemptDeps;
  readonly #endpointDeps: EndpointDeps;
  /** In the order of their making. */
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #pings = new AbortController();
  #planner: Planner | null = null;
  #endRetention = (): void => {};
  /** The last change of a subscription that was begun. */
  #changing: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;

  /** Goes on with what was to be delivered. The store is open. @throws LifecycleError STORE_UNAVAILABLE; TypeError for a range that is none */
  static async open(options: WebhooksOptions): Promise<Webhooks> {
    const webhooks = new Webhooks(options);
    for (const { webhook, standing } of await options.store.webhooks.load())
      webhooks.#endpoints.set(webhook.id, webhooks.#endpoint(webhook, standing));
    webhooks.#begin();
    return webhooks;
  }

  private constructor(options: WebhooksOptions) {
    const { store, manager, log, clock = systemClock, timeoutMs = 15_000 } = options;
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#guard = new UrlGuard(options.allowPrivate ?? [], 'WEBHOOK_ALLOW_PRIVATE');
    this.#attemptDeps = { post: options.post ?? httpPost(this.#guard), clock, timeoutMs };
    this.#endpointDeps = {
      store: store.webhooks,
      clock,
      log,
      attempt: async (...attempt) => {
        const answer = await attemptDelivery(this.#attemptDeps, ...attempt);
        options.attempted?.(answer);
        return answer;
      },
      publish: (facts) => manager.publish(facts),
    };
  }

  async list(): Promise<readonly WebhookView[]> {
    const backlogs = await this.#store.backlogs();
    return [...this.#endpoints.values()].map((endpoint) => viewOf(endpoint, backlogs));
  }

  /** The names of the alerts about them that stand, also those that an earlier process raised. */
  alerts(): readonly string[] {
    return [...this.#endpoints.values()].flatMap(({ webhook, standing }) => raisedAlerts(webhook, standing));
  }

  /** @throws Problem WEBHOOK_NOT_FOUND; LifecycleError STORE_UNAVAILABLE */
  async get(id: string): Promise<WebhookView> {
    const endpoint = this.#find(id);
    return viewOf(endpoint, await this.#store.backlogs());
  }

  /**
   * A new subscription to the facts from now on, with a secret unless one is given.
   * @throws Problem INVALID_INPUT, WEBHOOK_LIMIT; LifecycleError STORE_UNAVAILABLE
   */
  async create(
    settings: WebhookSettings,
    secrets: readonly string[] = [newSecret()],
    source: Webhook['source'] = 'api',
  ): Promise<WebhookView> {
    this.#checkUrl(settings.url);
    if (this.#endpoints.size >= MOST_WEBHOOKS)
      throw new Problem('WEBHOOK_LIMIT', {
        detail: `There are ${MOST_WEBHOOKS} webhooks already; remove one.`,
      });
    const webhook: Webhook = {
      id: newWebhookId(),
      ...settings,
      secrets: secrets.map((secret) => ({ secret, expiresAt: null })),
      source,
      createdAt: this.#clock.now(),
    };
    const endpoint = this.#endpoint(webhook, GOOD_STANDING);
    this.#endpoints.set(webhook.id, endpoint);
    try {
      await this.#store.insert(webhook, GOOD_STANDING);
    } catch (error) {
      this.#endpoints.delete(webhook.id);
      throw error;
    }
    return viewOf(endpoint);
  }

  /** @throws Problem WEBHOOK_NOT_FOUND, INVALID_INPUT; LifecycleError STORE_UNAVAILABLE */
  async update(
    id: string,
    change: Partial<Pick<Webhook, keyof WebhookSettings | 'secrets'>>,
  ): Promise<WebhookView> {
    if (change.url !== undefined) this.#checkUrl(change.url);
    return Object.keys(change).length > 0 ? this.#change(id, () => change) : this.get(id);
  }

  /**
   * Enabled again it hears the facts from now on, and what waited is tried at once.
   * @throws Problem WEBHOOK_NOT_FOUND; LifecycleError STORE_UNAVAILABLE
   */
  async setEnabled(id: string, enabled: boolean, reason = BY_HAND): Promise<WebhookView> {
    const endpoint = this.#find(id);
    const { standing, webhook } = endpoint;
    if (standing.enabled !== enabled) {
      const next = { ...GOOD_STANDING, enabled, disabledReason: enabled ? null : reason };
      const now = this.#clock.now();
      const facts = resolvedFacts(webhook, standing, now);
      // Before it is written: an attempt that ends meanwhile writes how the endpoint stands, after this.
      endpoint.standing = next;
      const written = await this.#store.stand(id, next, facts).catch((error: unknown) => {
        if (endpoint.standing === next) endpoint.standing = standing;
        throw error;
      });
      if (!written) throw notFound(id);
      this.#options.manager.publish(written);
      endpoint.refresh();
    }
    return this.get(id);
  }

  /** Removes it with its deliveries. @throws Problem WEBHOOK_NOT_FOUND; LifecycleError STORE_UNAVAILABLE */
  async remove(id: string): Promise<void> {
    const endpoint = this.#find(id);
    const facts = resolvedFacts(endpoint.webhook, endpoint.standing, this.#clock.now());
    const written = await this.#store.remove(id, facts);
    this.#endpoints.delete(id);
    await endpoint.close(Promise.resolve());
    this.#options.manager.publish(written ?? []);
  }

  /**
   * A new secret; those before it sign too for so long, so that receivers can change over.
   * @throws Problem WEBHOOK_NOT_FOUND; LifecycleError STORE_UNAVAILABLE
   */
  async rotateSecret(id: string, overlapMs: number, secret = newSecret()): Promise<WebhookView> {
    return this.#change(id, ({ secrets }) => {
      const now = this.#clock.now();
      const former = secrets.map((each) => ({
        ...each,
        expiresAt: Math.min(each.expiresAt ?? Number.POSITIVE_INFINITY, now + overlapMs),
      }));
      const kept = activeSecrets([{ secret, expiresAt: null }, ...former], now).slice(0, MOST_SECRETS);
      return { secrets: kept };
    });
  }

  /**
   * One test event, at once and beside everything else: it neither retries nor counts.
   * @throws Problem WEBHOOK_NOT_FOUND
   */
  async ping(id: string): Promise<PostAnswer & { readonly durationMs: number }> {
    const { webhook } = this.#find(id);
    const now = this.#clock.now();
    const event = { type: 'webhook.ping', timestamp: new Date(now).toISOString(), data: { webhookId: id } };
    const name = `${newWebhookId()}_ping`;
    const answer = await attemptEvent(this.#attemptDeps, webhook, name, event, this.#pings.signal);
    return { ...answer, durationMs: this.#clock.now() - now };
  }

  /** Newest first. @throws Problem WEBHOOK_NOT_FOUND, INVALID_INPUT; LifecycleError STORE_UNAVAILABLE */
  async deliveries(
    id: string,
    { limit = 50, cursor, status }: { limit?: number; cursor?: string; status?: readonly DeliveryStatus[] },
  ): Promise<DeliveryPage> {
    this.#find(id);
    if (cursor !== undefined && !/^[1-9]\d{0,14}$/.test(cursor)) throw badCursor();
    const found = await this.#store.list({
      webhookId: id,
      limit: limit + 1,
      ...(status && { statuses: status }),
      ...(cursor !== undefined && { before: Number(cursor) }),
    });
    const items = found.slice(0, limit);
    return { items, nextCursor: found.length > limit ? String(items.at(-1)?.fact.number) : null };
  }

  /** @throws Problem WEBHOOK_NOT_FOUND, DELIVERY_NOT_FOUND; LifecycleError STORE_UNAVAILABLE */
  async delivery(id: string, deliveryId: string): Promise<WebhookDelivery> {
    this.#find(id);
    return found(await this.#store.get(id, numberOf(id, deliveryId)));
  }

  /** Sends it again, whatever became of it. @throws Problem WEBHOOK_NOT_FOUND, DELIVERY_NOT_FOUND; LifecycleError STORE_UNAVAILABLE */
  async redeliver(id: string, deliveryId: string): Promise<WebhookDelivery> {
    const endpoint = this.#find(id);
    const delivery = found(await this.#store.redeliver(id, numberOf(id, deliveryId)));
    endpoint.refresh();
    return delivery;
  }

  /**
   * Sends facts of a time again, and those that it has missed. Returns how many.
   * @throws Problem WEBHOOK_NOT_FOUND; LifecycleError STORE_UNAVAILABLE
   */
  async redeliverRange(
    id: string,
    range: { readonly from: number; readonly to: number; readonly statuses: readonly DeliveryStatus[] },
  ): Promise<number> {
    const endpoint = this.#find(id);
    const count = await this.#store.redeliverRange({ webhookId: id, ...range });
    endpoint.refresh();
    return count;
  }

  /** Begins nothing more, and gives attempts in flight a moment. The store is closed afterwards. Never rejects. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    this.#endRetention();
    this.#pings.abort(new Error('The server is shutting down.'));
    let timer: unknown;
    const grace = new Promise<void>((resolve) => {
      timer = this.#clock.setTimeout(() => resolve(), this.#options.closeGraceMs ?? 2000);
    });
    await Promise.all([
      this.#planner?.close(),
      ...[...this.#endpoints.values()].map((each) => each.close(grace)),
    ]);
    this.#clock.clearTimeout(timer);
    this.#guard.close();
  }

  get #store() {
    return this.#options.store.webhooks;
  }

  #endpoint(webhook: Webhook, standing: WebhookStanding): Endpoint {
    return new Endpoint(webhook, standing, this.#endpointDeps);
  }

  /** One change after another: each begins with what the one before has left, so that none undoes another. */
  #change(id: string, changeOf: (webhook: Webhook) => Partial<Webhook>): Promise<WebhookView> {
    const turn = this.#changing.then(async () => {
      const endpoint = this.#find(id);
      const webhook = { ...endpoint.webhook, ...changeOf(endpoint.webhook) };
      if (!(await this.#store.save(webhook))) throw notFound(id);
      endpoint.webhook = webhook;
      return this.get(id);
    });
    this.#changing = turn.catch(() => {});
    return turn;
  }

  #begin(): void {
    const { manager, retentionMs = WEEK_MS, maxBacklog = 100_000 } = this.#options;
    const shared = { store: this.#store, clock: this.#clock, log: this.#log };
    const refresh = () => {
      for (const endpoint of this.#endpoints.values()) endpoint.refresh();
    };
    refresh();
    this.#planner = new Planner({ ...shared, manager, endpoints: this.#endpoints });
    this.#endRetention = keepWithinBounds({ ...shared, retentionMs, maxBacklog, pruned: refresh });
  }

  #checkUrl(url: string): void {
    const refusal = this.#guard.refusalOf(url);
    if (refusal)
      throw new Problem('INVALID_INPUT', {
        detail: `url: ${refusal}`,
        errors: [{ path: 'url', message: refusal }],
      });
  }

  #find(id: string): Endpoint {
    const endpoint = this.#endpoints.get(id);
    if (endpoint) return endpoint;
    throw notFound(id);
  }
}

const viewOf = (
  { webhook, standing }: Endpoint,
  backlogs: ReadonlyMap<string, number> = new Map(),
): WebhookView => ({ webhook, standing, backlog: backlogs.get(webhook.id) ?? 0 });

const notFound = (id: string): Problem =>
  new Problem('WEBHOOK_NOT_FOUND', { detail: `There is no webhook "${id.slice(0, 64)}".` });

const badCursor = (): Problem =>
  new Problem('INVALID_INPUT', {
    detail: '"cursor" must be the nextCursor of the page before.',
    errors: [{ path: 'cursor', message: 'must be the nextCursor of the page before' }],
  });

/** The number of the fact. */
function numberOf(id: string, deliveryId: string): number {
  const number = deliveryId.startsWith(`${id}_`) ? deliveryId.slice(id.length + 1) : '';
  return found(/^[1-9]\d{0,14}$/.test(number) ? Number(number) : null);
}

function found<T>(value: T | null): T {
  if (value !== null) return value;
  throw new Problem('DELIVERY_NOT_FOUND', { detail: 'This webhook has no such delivery.' });
}
