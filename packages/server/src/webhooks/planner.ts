/** Planner: hears facts and has them made into deliveries. One turn at a time takes all that have come meanwhile. */
import {
  backoffCeiling,
  type Clock,
  type InstanceManager,
  type Log,
  messageOf,
  type WebhookStore,
  wantsFact,
} from '@wakeeper/lifecycle';
import type { Endpoint } from './endpoint.js';

export interface PlannerDeps {
  readonly store: WebhookStore;
  readonly manager: Pick<InstanceManager, 'subscribe'>;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly clock: Clock;
  readonly log: Log;
}

const FACTS_AT_A_TIME = 500;

export class Planner {
  readonly #deps: PlannerDeps;
  readonly #unsubscribe: () => void;
  /** Lanes of facts that were heard and are to be planned: somebody else may plan them first. */
  readonly #heard = new Map<string, Set<string | null>>();
  #planning: Promise<void> | null = null;
  #again = false;
  #failures = 0;
  #timer: unknown = null;
  #isClosed = false;

  /** Begins with what was never planned. */
  constructor(deps: PlannerDeps) {
    this.#deps = deps;
    this.#unsubscribe = deps.manager.subscribe((fact) => {
      for (const [id, { webhook, standing }] of deps.endpoints) {
        if (!standing.enabled || !wantsFact(webhook, fact)) continue;
        const lanes = this.#heard.get(id) ?? new Set();
        this.#heard.set(id, lanes.add(fact.instanceId));
      }
      if (this.#heard.size > 0) this.#plan();
    });
    this.#plan();
  }

  /** Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#deps.clock.clearTimeout(this.#timer);
    await this.#planning;
  }

  #plan(): void {
    this.#again = true;
    if (this.#planning || this.#isClosed) return;
    const { clock, log } = this.#deps;
    clock.clearTimeout(this.#timer);
    this.#planning = this.#planAll()
      .catch((error: unknown) => {
        const ms = backoffCeiling(this.#failures++, 250, 10_000);
        log.error({ error: messageOf(error), retryInMs: ms }, 'deliveries could not be planned');
        this.#again = false;
        if (!this.#isClosed) this.#timer = clock.setTimeout(() => this.#plan(), ms);
      })
      .finally(() => {
        this.#planning = null;
        if (this.#again) this.#plan();
      });
  }

  async #planAll(): Promise<void> {
    while (this.#again && !this.#isClosed) {
      this.#again = false;
      const heard = new Map(this.#heard);
      this.#heard.clear();
      const { lanes, more } = await this.#deps.store.plan(FACTS_AT_A_TIME).catch((error: unknown) => {
        for (const [id, own] of heard) this.#heard.set(id, new Set([...own, ...(this.#heard.get(id) ?? [])]));
        throw error;
      });
      this.#failures = 0;
      this.#again ||= more;
      for (const [id, endpoint] of this.#deps.endpoints) {
        const own = heard.get(id) ?? new Set<string | null>();
        for (const { webhookId, instanceId } of lanes) if (webhookId === id) own.add(instanceId);
        if (own.size > 0) endpoint.wake([...own]);
      }
    }
  }
}
