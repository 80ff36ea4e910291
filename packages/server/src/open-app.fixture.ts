/** The application over a real manager, a store in memory and the simulated WhatsApp, as the tests of the routes use it. */
import {
  type Fact,
  type FactDraft,
  InstanceManager,
  type InstanceView,
  type ManagerOptions,
  type Store,
} from '@wakeeper/lifecycle';
import {
  MemoryData,
  memoryStore,
  type SimulatedDriver,
  type SimulatedPasskeyRules,
  type SimulatedTimes,
  simulatedDriver,
} from '@wakeeper/lifecycle/testing';
import { pino } from 'pino';
import { type App, type AppOptions, createApp } from './app.js';
import { Events, type EventsOptions } from './events/events.js';
import { Metrics, type MetricsOptions } from './metrics/metrics.js';
import { Webhooks, type WebhooksOptions } from './webhooks/webhooks.js';

export interface OpenAppOptions {
  readonly app?: Partial<AppOptions>;
  readonly manager?: Partial<ManagerOptions>;
  readonly times?: Partial<SimulatedTimes>;
  readonly webhooks?: Partial<WebhooksOptions>;
  readonly metrics?: MetricsOptions;
  readonly events?: Partial<EventsOptions>;
  /** Puts something between the server and its store. */
  readonly store?: (store: Store) => Store;
}

export interface OpenApp {
  readonly app: App;
  readonly manager: InstanceManager;
  readonly webhooks: Webhooks;
  readonly metrics: Metrics;
  readonly events: Events;
  readonly driver: SimulatedDriver;
  readonly data: MemoryData;
  /** The lines of the log at its default level. */
  readonly logged: string[];
  /** Facts that somebody else tells: they are durable, and then subscribers hear them. */
  tell(facts: readonly FactDraft[]): Promise<readonly Fact[]>;
  /** A request with a JSON body, or with none. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** The JSON that a request is answered with. */
  json(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  /** A new instance that is ready. */
  ready(id: string): Promise<InstanceView>;
  /** A new instance that shows a code. */
  unpaired(id: string): Promise<InstanceView>;
  /** A new instance that was scanned and waits for a passkey. */
  linking(id: string, rules?: SimulatedPasskeyRules): Promise<InstanceView>;
  close(): Promise<void>;
}

/** Fast, and nobody scans unless a test does. */
const TIMES: Partial<SimulatedTimes> = {
  openMs: 5,
  syncMs: 5,
  sendMs: 2,
  ackMs: 2,
  closeMs: 2,
  scanAfterMs: undefined,
};
const PATIENCE_MS = 10_000;

export async function openApp(options: OpenAppOptions = {}): Promise<OpenApp> {
  const data = new MemoryData();
  const driver = simulatedDriver({ ...TIMES, ...options.times });
  const logged: string[] = [];
  const metrics = new Metrics({ process: false, ...options.metrics });
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const { store: wrapped = (inner) => inner } = options;
  const store = metrics.store(wrapped(memoryStore({ data })));
  const manager = await InstanceManager.open({
    driver: metrics.driver(driver),
    store,
    observer: metrics.observer,
    log,
    nodeId: 'node-1',
    checkHost: async () => true,
    sendIntervalMs: 0,
    restartBackoffMs: 1,
    drainTimeoutMs: 500,
    ...options.manager,
  });
  metrics.follow(manager);
  const { attempted } = metrics;
  const webhooks = await Webhooks.open({
    store,
    manager,
    log,
    attempted,
    closeGraceMs: 0,
    ...options.webhooks,
  });
  metrics.followWebhooks(webhooks);
  const events = await Events.open({ store, manager, log, ...options.events });
  const app = createApp({ manager, webhooks, metrics, events, log, ...options.app });

  const request: OpenApp['request'] = async (method, path, body, headers = {}) =>
    app.request(path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  return {
    app,
    manager,
    webhooks,
    metrics,
    events,
    driver,
    data,
    logged,
    request,
    json: async (method, path, body) =>
      (await (await request(method, path, body)).json()) as Record<string, unknown>,
    tell: async (drafts) => {
      const facts = await store.facts.append(drafts);
      manager.publish(facts);
      return facts;
    },
    ready: async (id) => {
      driver.whatsapp.pair(id);
      await manager.create({ id });
      return manager.whenReady(id, { timeoutMs: PATIENCE_MS });
    },
    unpaired: async (id) => {
      await manager.create({ id });
      return manager.whenSettled(id, { timeoutMs: PATIENCE_MS });
    },
    linking: async (id, rules) => {
      driver.whatsapp.requirePasskey(id, rules);
      await manager.create({ id });
      await manager.qr(id, { timeoutMs: PATIENCE_MS });
      driver.whatsapp.phone(id).scan();
      return manager.whenSettled(id, { timeoutMs: PATIENCE_MS });
    },
    close: async () => {
      // Both begin at once, as in the server.
      await Promise.all([webhooks.close(), manager.close()]);
      events.close();
    },
  };
}
