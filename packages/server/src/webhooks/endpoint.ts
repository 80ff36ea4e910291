/**
 * Endpoint: the deliveries of one webhook on their way. One of each lane is in flight at a time, so that order holds;
 * those that stepped aside go beside them. What it knows of its lanes is a guess of when to look; the store decides.
 */
import { setMaxListeners } from 'node:events';
import {
  backoffCeiling,
  type Clock,
  type Fact,
  isLifecycleError,
  type Log,
  MESSAGE_REFUSALS,
  messageOf,
  type Webhook,
  type WebhookDelivery,
  type WebhookStanding,
  type WebhookStore,
} from '@wakeeper/lifecycle';
import type { PostAnswer } from './http-post.js';
import { judge, stepsAsideAt, type Verdict } from './verdict.js';

export interface EndpointDeps {
  readonly store: WebhookStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly attempt: (webhook: Webhook, delivery: WebhookDelivery, cut: AbortSignal) => Promise<PostAnswer>;
  readonly publish: (facts: readonly Fact[]) => void;
}

/** Lanes in flight at the same time, and beside them deliveries that stepped aside. */
const LANES_IN_FLIGHT = 8;
const ASIDE_IN_FLIGHT = 2;
const ASIDE_LOOKED_AT = 50;
/** setTimeout fires at once beyond 2^31 ms. */
const LONGEST_SLEEP_MS = 24 * 3_600_000;

type InstanceId = string | null;

export class Endpoint {
  webhook: Webhook;
  standing: WebhookStanding;
  readonly #deps: EndpointDeps;
  /** When to look at the head of a lane that has one. */
  readonly #lanes = new Map<InstanceId, number>();
  /** Lanes that got something while their head was being asked for. */
  readonly #touched = new Set<InstanceId>();
  #asideDueAt = 0;
  /** What the lanes are was changed in the store as a whole. */
  #isStale = true;
  readonly #lanesInFlight = new Map<InstanceId, Promise<void>>();
  readonly #asideInFlight = new Map<InstanceId, Promise<void>>();
  readonly #cut = new AbortController();
  #turning: Promise<void> | null = null;
  #again = false;
  #timer: unknown = null;
  #failures = 0;
  #isClosed = false;

  constructor(webhook: Webhook, standing: WebhookStanding, deps: EndpointDeps) {
    this.webhook = webhook;
    this.standing = standing;
    this.#deps = deps;
    // One for each attempt in flight.
    setMaxListeners(2 * (LANES_IN_FLIGHT + ASIDE_IN_FLIGHT), this.#cut.signal);
  }

  /** There are new deliveries in these lanes. */
  wake(lanes: readonly InstanceId[]): void {
    for (const lane of lanes) {
      this.#touched.add(lane);
      if (!this.#lanes.has(lane)) this.#lanes.set(lane, 0);
    }
    this.turn();
  }

  /** The store or the standing has changed: everything is looked at again. */
  refresh(): void {
    this.#isStale = true;
    this.turn();
  }

  /** Begins nothing more; what is in flight may end until `grace` does, and is cut then. Never rejects. */
  async close(grace: Promise<void>): Promise<void> {
    this.#isClosed = true;
    this.#deps.clock.clearTimeout(this.#timer);
    await Promise.race([this.#settled(), grace]);
    this.#cut.abort(new Error('The server is shutting down.'));
    await this.#settled();
  }

  async #settled(): Promise<void> {
    await this.#turning;
    await Promise.all([...this.#lanesInFlight.values(), ...this.#asideInFlight.values()]);
  }

  /** Looks for what can be attempted now. */
  turn(): void {
    if (this.#isClosed) return;
    if (this.#turning) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#deps.clock.clearTimeout(this.#timer);
    this.#turning = this.#look()
      .then(
        () => {
          this.#failures = 0;
        },
        (error) => this.#lookLater(error),
      )
      .finally(() => {
        this.#turning = null;
        if (this.#again) this.turn();
      });
  }

  #lookLater(error: unknown): void {
    const ms = backoffCeiling(this.#failures++, 250, 10_000);
    this.#isStale = true;
    this.#deps.log.error(
      { webhook: this.webhook.id, error: messageOf(error), retryInMs: ms },
      'deliveries could not be read from the store',
    );
    this.#sleep(this.#deps.clock.now() + ms);
  }

  #sleep(until: number): void {
    if (this.#isClosed) return;
    const { clock } = this.#deps;
    clock.clearTimeout(this.#timer);
    const ms = Math.min(Math.max(0, until - clock.now()), LONGEST_SLEEP_MS);
    this.#timer = clock.setTimeout(() => this.turn(), ms);
  }

  async #look(): Promise<void> {
    const now = this.#deps.clock.now();
    const { enabled, retryAt, openSince } = this.standing;
    if (!enabled) return;
    if (retryAt !== null && retryAt > now) return this.#sleep(retryAt);
    if (this.#isStale) await this.#readLanes();
    if (openSince === null) {
      await this.#lookAtLanes(now);
      await this.#lookAside(now, ASIDE_IN_FLIGHT);
    } else await this.#probe(now);
    const busy = this.#lanesInFlight;
    const next = [...this.#lanes].filter(([lane]) => !busy.has(lane)).map(([, dueAt]) => dueAt);
    if (this.#asideInFlight.size === 0) next.push(this.#asideDueAt);
    const soonest = next.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
    // What is due already waits for a place, and the end of an attempt gives it one.
    if (soonest > now && soonest < Number.POSITIVE_INFINITY) this.#sleep(soonest);
  }

  async #readLanes(): Promise<void> {
    this.#isStale = false;
    this.#asideDueAt = 0;
    for (const lane of this.#lanes.keys()) this.#lanes.set(lane, 0);
    for (const { fact } of await this.#deps.store.heads(this.webhook.id)) this.#lanes.set(fact.instanceId, 0);
  }

  async #lookAtLanes(now: number): Promise<void> {
    for (const [lane, dueAt] of [...this.#lanes]) {
      if (this.#isClosed || this.#lanesInFlight.size >= LANES_IN_FLIGHT) return;
      if (dueAt > now || this.#lanesInFlight.has(lane)) continue;
      this.#touched.delete(lane);
      const head = await this.#deps.store.head({ webhookId: this.webhook.id, instanceId: lane });
      if (head) await this.#consider(head, now);
      else if (!this.#touched.has(lane)) this.#lanes.delete(lane);
    }
  }

  async #lookAside(now: number, places: number): Promise<void> {
    if (this.#asideDueAt > now || this.#asideInFlight.size >= places) return;
    this.#asideDueAt = Number.POSITIVE_INFINITY;
    for (const delivery of await this.#deps.store.aside(this.webhook.id, ASIDE_LOOKED_AT)) {
      if (this.#isClosed) return;
      const isFull = this.#asideInFlight.size >= places;
      if (delivery.nextAttemptAt > now || isFull) {
        this.#asideDueAt = Math.min(this.#asideDueAt, delivery.nextAttemptAt);
        return;
      }
      if (!this.#asideInFlight.has(delivery.fact.instanceId)) this.#begin(delivery, this.#asideInFlight);
    }
  }

  /**
   * The breaker is open: one attempt at a time, with the oldest that is due. Where none is, the oldest of all goes ahead
   * of its time, so that the endpoint's return is seen within minutes; that does not count as one of its tries.
   */
  async #probe(now: number): Promise<void> {
    if (this.#lanesInFlight.size + this.#asideInFlight.size > 0) return;
    this.#touched.clear();
    const heads = await this.#deps.store.heads(this.webhook.id);
    const known = new Set(heads.map(({ fact }) => fact.instanceId));
    for (const lane of [...this.#lanes.keys()])
      if (!known.has(lane) && !this.#touched.has(lane)) this.#lanes.delete(lane);
    for (const head of heads) {
      await this.#consider(head, now);
      if (this.#lanesInFlight.size > 0) return;
    }
    await this.#lookAside(now, 1);
    if (this.#asideInFlight.size > 0 || this.#again || this.#isClosed) return;
    const [oldest] = heads;
    if (oldest) return this.#begin(oldest, this.#lanesInFlight);
    const aside = await this.#deps.store.aside(this.webhook.id, ASIDE_LOOKED_AT);
    // One that was refused for itself would be refused again, and say nothing of the endpoint.
    const first = aside.find(({ responseStatus }) => !MESSAGE_REFUSALS.includes(responseStatus ?? 0));
    if (first && !this.#isClosed) this.#begin(first, this.#asideInFlight);
  }

  async #consider(head: WebhookDelivery, now: number): Promise<void> {
    const { instanceId } = head.fact;
    if (this.#isClosed) return;
    const asideAt = stepsAsideAt(head, this.standing) ?? Number.POSITIVE_INFINITY;
    if (head.nextAttemptAt <= now) this.#begin(head, this.#lanesInFlight);
    else if (asideAt > now) this.#lanes.set(instanceId, Math.min(head.nextAttemptAt, asideAt));
    else {
      const { webhookId, fact, ...progress } = head;
      const change = { webhookId, number: fact.number, rejoinSince: null, dueBy: null };
      const standing = this.standing;
      await this.#deps.store.settle({ ...change, standing, progress: { ...progress, aside: true } }, []);
      this.#lanes.set(instanceId, 0);
      this.#asideDueAt = Math.min(this.#asideDueAt, head.nextAttemptAt);
      this.#again = true;
    }
  }

  #begin(delivery: WebhookDelivery, places: Map<InstanceId, Promise<void>>): void {
    const lane = delivery.fact.instanceId;
    const attempt = this.#attempt(delivery).finally(() => {
      places.delete(lane);
      if (places === this.#lanesInFlight) {
        // To the end of the line, so that every lane has its turn.
        this.#lanes.delete(lane);
        this.#lanes.set(lane, 0);
      }
      this.#asideDueAt = 0;
      this.turn();
    });
    places.set(lane, attempt);
  }

  async #attempt(delivery: WebhookDelivery): Promise<void> {
    const { clock, attempt, log } = this.#deps;
    const isEarly = delivery.nextAttemptAt > clock.now();
    const answer = await attempt(this.webhook, delivery, this.#cut.signal);
    // Nobody knows what became of it: it stays as it was, and is attempted again with the same id.
    if (this.#cut.signal.aborted && answer.status === null) return;
    const { webhook, standing } = this;
    const verdict = judge({
      webhook,
      standing,
      delivery,
      answer,
      isEarly,
      now: clock.now(),
      random: clock.random(),
    });
    this.standing = verdict.standing;
    const { progress } = verdict;
    if (progress.status !== 'delivered')
      log.warn(
        {
          webhook: webhook.id,
          instanceId: delivery.fact.instanceId,
          seq: delivery.fact.number,
          attempts: progress.attempts,
          error: progress.error,
        },
        progress.status === 'dead' ? 'a delivery is dead' : 'a delivery failed',
      );
    await this.#write(delivery, verdict);
    if (verdict.rejoinSince !== null || verdict.dueBy !== null) this.#isStale = true;
  }

  /** So long, or until everything is cut. */
  #pause(ms: number): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#cut;
    return new Promise((resolve) => {
      const end = () => {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = clock.setTimeout(end, ms);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  /** Until the store has it: a delivery whose outcome is not written would be sent once more. */
  async #write({ fact }: WebhookDelivery, { facts, ...verdict }: Verdict): Promise<void> {
    const { store, publish, log } = this.#deps;
    for (let failures = 0; ; failures += 1) {
      try {
        // Another attempt may have changed how the endpoint stands: the last word counts.
        const outcome = { ...verdict, standing: this.standing };
        publish(
          (await store.settle({ webhookId: this.webhook.id, number: fact.number, ...outcome }, facts)) ?? [],
        );
        return;
      } catch (error) {
        const ms = backoffCeiling(failures, 250, 10_000);
        log.error(
          { webhook: this.webhook.id, seq: fact.number, error: messageOf(error), retryInMs: ms },
          'the outcome of a delivery could not be written',
        );
        if (this.#isClosed || isLifecycleError(error, 'STORE_LOCKED')) return;
        await this.#pause(ms);
      }
    }
  }
}
