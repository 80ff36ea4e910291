/**
 * Metrics: what a Prometheus scrapes. Everything that happens is counted when it happens; only what stands (states,
 * depths) is counted at a scrape, in one pass over the instances.
 */
import {
  type Driver,
  type InstanceManager,
  type InstanceState,
  type Observer,
  PAGE_CAPABILITIES,
  type Store,
} from '@wakeeper/lifecycle';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { PostAnswer } from '../webhooks/http-post.js';
import type { Webhooks } from '../webhooks/webhooks.js';
import { countFacts, RaisedAlerts } from './fact-counter.js';
import { inTime } from './in-time.js';
import { createInstruments, type Instruments } from './instruments.js';
import { LifeCounter } from './life-counter.js';
import { measuredDriver } from './measured-driver.js';
import { measuredStore } from './measured-store.js';

export interface MetricsOptions {
  /** Tell the state of each instance too: a series each, which a Prometheus keeps. False by default. */
  readonly perInstance?: boolean;
  /** Also those of the process and of Node, which the host application may have already. True by default. */
  readonly process?: boolean;
  /** Epoch milliseconds; the system's by default. */
  readonly now?: () => number;
  /** Milliseconds that only grow, for durations; the system's by default. */
  readonly ticks?: () => number;
}

type Watched = Pick<InstanceManager, 'census' | 'get' | 'subscribe' | 'options'>;

/** @example
 * const metrics = new Metrics();
 * const manager = await InstanceManager.open({ driver: metrics.driver(driver), store: metrics.store(store), observer: metrics.observer });
 * metrics.follow(manager);
 * const app = createApp({ manager, metrics });
 */
export class Metrics {
  /** Add metrics of your own, or merge it into yours. What is counted at a scrape is up to date after `scrape`. */
  readonly registry = new Registry();
  /** For the manager's option of the same name. */
  readonly observer: Observer;
  /** For the answer. */
  readonly contentType: string;
  readonly #instruments: Instruments;
  readonly #perInstance: boolean;
  readonly #now: () => number;
  readonly #ticks: () => number;
  readonly #alerts: RaisedAlerts;
  #manager: Watched | null = null;
  #webhooks: Pick<Webhooks, 'list'> | null = null;

  constructor({
    perInstance = false,
    process = true,
    now = Date.now,
    ticks = () => performance.now(),
  }: MetricsOptions = {}) {
    this.#perInstance = perInstance;
    this.#now = now;
    this.#ticks = ticks;
    this.#instruments = createInstruments(this.registry);
    this.#alerts = new RaisedAlerts(this.#instruments.alertActive);
    this.contentType = this.registry.contentType;
    this.observer = new LifeCounter(this.#instruments, ticks);
    if (process) collectDefaultMetrics({ register: this.registry });
  }

  /** The driver, timed. */
  driver(driver: Driver): Driver {
    return measuredDriver(driver, this.#instruments, this.#ticks);
  }

  /** The store, timed. */
  store(store: Store): Store {
    return measuredStore(store, this.#instruments, this.#ticks);
  }

  /** Counts what this manager tells from now on, and its instances at every scrape. Returns what ends it. */
  follow(manager: Watched): () => void {
    this.#manager = manager;
    this.#instruments.queueMaxSize.set(manager.options.maxQueueSize);
    // A process before this one may have raised it.
    manager.census((id) => {
      if (manager.get(id).restriction) this.#alerts.raise('account_restricted', id);
    });
    return manager.subscribe(countFacts(this.#instruments, this.#alerts));
  }

  /** Looks at every scrape how these stand, and takes over the alerts that a process before this one raised. Their attempts are counted by `attempted`, an option of theirs. */
  followWebhooks(webhooks: Pick<Webhooks, 'list' | 'alerts'>): void {
    this.#webhooks = webhooks;
    for (const name of webhooks.alerts()) this.#alerts.raise(name);
  }

  /** For the option of webhooks of the same name. */
  readonly attempted = ({ status }: Pick<PostAnswer, 'status'>): void => {
    const isTaken = status !== null && status >= 200 && status < 300;
    this.#instruments.webhookAttempts.inc({ result: isTaken ? 'ok' : 'failed' });
  };

  /** `route` is a pattern, never what the caller wrote. */
  answered(
    request: { readonly method: string; readonly route: string; readonly status: number },
    ms: number,
  ) {
    this.#instruments.httpSeconds.observe(request, ms / 1000);
  }

  /** The whole page, in Prometheus' text format. */
  async scrape(): Promise<string> {
    await this.#countWebhooks();
    const perInstance = this.#count();
    return (await this.registry.metrics()) + perInstance;
  }

  /** While the store is away the last numbers stand: a scrape tells what else is wrong then. */
  async #countWebhooks(): Promise<void> {
    const views = this.#webhooks && (await inTime(this.#webhooks.list(), STORE_DEADLINE_MS));
    if (!views) return;
    this.#instruments.webhookBacklog.set(views.reduce((sum, { backlog }) => sum + backlog, 0));
    this.#instruments.webhookOpen.set(views.filter(({ standing }) => standing.openSince !== null).length);
  }

  /** One pass. The series of the instances are written here: a registry takes a multiple of the time for thousands. */
  #count(): string {
    if (!this.#manager) return '';
    const lines: string[] = [];
    const each = (id: string, state: InstanceState) =>
      lines.push(`wakeeper_instance_state{instance_id="${id}",state="${state}"} 1\n`);
    const census = this.#manager.census(this.#perInstance ? each : undefined);
    const set = this.#instruments;
    for (const [state, count] of Object.entries(census.instances)) set.instances.set({ state }, count);
    set.instancesWanted.set(census.wanted);
    set.instancesCooling.set(census.cooling);
    set.instancesHalted.set(census.halted);
    set.instancesIncompatible.set(census.incompatible);
    for (const capability of PAGE_CAPABILITIES)
      set.capabilitiesMissing.set({ capability }, census.missingCapabilities[capability] ?? 0);
    set.restartsUsed.set(census.restartsUsed);
    set.queueDepth.set(census.queueDepth);
    set.queueHeld.set(census.held);
    set.queueDepthMax.set(census.longestQueue);
    const { oldestItemAt } = census;
    set.queueOldest.set(oldestItemAt === null ? 0 : Math.max(0, this.#now() - oldestItemAt) / 1000);
    set.launching.set(census.launching);
    set.launchesWaiting.set(census.launchesWaiting);
    return lines.length === 0 ? '' : `\n${INSTANCE_STATE_HEAD}${lines.join('')}`;
  }
}

/** A Prometheus waits ten seconds. */
const STORE_DEADLINE_MS = 2_000;

const INSTANCE_STATE_HEAD = `# HELP wakeeper_instance_state 1 for the state that the instance is in.
# TYPE wakeeper_instance_state gauge
`;
