/** The server as one value: opened out of a configuration, closed by one call. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { InstanceManager, type Log, reaches, type Store } from '@wakeeper/lifecycle';
import { openDriver, openStore } from './adapters.js';
import { logAlerts } from './alert-log.js';
import { type App, createApp } from './app.js';
import type { Config } from './config.js';
import { Events } from './events/events.js';
import { Problem } from './http/problem.js';
import { MediaIntake } from './media/media-intake.js';
import { Metrics } from './metrics/metrics.js';
import { keepEnvironmentWebhook } from './webhooks/environment-webhook.js';
import { Webhooks } from './webhooks/webhooks.js';

export interface RunningServer {
  /** Where it listens, for example `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly manager: InstanceManager;
  readonly webhooks: Webhooks;
  readonly events: Events;
  /** Answers 503 on /readyz at once, lets what is under way end, and stops listening. Idempotent. */
  close(): Promise<void>;
}

/** Why the server cannot start, in one line for the operator. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Connections that are still busy when everything else has ended. */
const LAST_ANSWERS_MS = 500;

/**
 * The port is taken first, so that a second server started by mistake touches neither store nor profiles. Requests that
 * come before the instances are restored wait for that.
 * @throws StartError when HOST and PORT cannot be listened on, or WEBHOOK_URL cannot be delivered to; LifecycleError when
 * the store or the profiles cannot be opened
 */
export async function startServer(config: Config, log: Log): Promise<RunningServer> {
  let app: App | undefined;
  let boot = (): void => {};
  const booted = new Promise<void>((resolve) => {
    boot = resolve;
  });
  const answer = (request: Request, env: object): Response | Promise<Response> =>
    app ? app.fetch(request, env) : booted.then(() => answer(request, env));
  const http = createAdaptorServer({ fetch: answer }) as Server;
  const url = await listen(http, config);
  try {
    const metrics = new Metrics({ perInstance: config.metricsPerInstance });
    const store = metrics.store(await openStore(config));
    let webhooks: Webhooks | undefined;
    // The outcomes of deliveries in flight are written while the manager drains, before it closes the store.
    const manager = await openManager(
      config,
      log,
      metrics,
      closingAfter(store, () => webhooks?.close()),
    );
    metrics.follow(manager);
    logAlerts(manager, log);
    webhooks = await openWebhooks(config, log, manager, store, metrics);
    metrics.followWebhooks(webhooks);
    const events = await openEvents(config, log, manager, store, webhooks);
    const { apiKeys, maxBodyBytes } = config;
    const media = new MediaIntake(config.media);
    const localOnly = apiKeys.length === 0;
    app = createApp({ manager, webhooks, metrics, events, media, log, apiKeys, maxBodyBytes, localOnly });
    boot();
    const opened = webhooks;
    let closing: Promise<void> | undefined;
    return {
      url,
      manager,
      webhooks: opened,
      events,
      close: () => {
        void opened.close();
        // Readers hear what happens until the end; the port is gone by then, so that they come back to the next process.
        closing ??= manager.close().finally(() => {
          const stopped = stopListening(http);
          events.close();
          media.close();
          return stopped;
        });
        return closing;
      },
    };
  } catch (error) {
    http.closeAllConnections();
    http.close();
    throw error;
  }
}

async function openManager(
  config: Config,
  log: Log,
  metrics: Metrics,
  store: Store,
): Promise<InstanceManager> {
  const driver = await openDriver(config, log);
  try {
    return await InstanceManager.open({
      ...config.lifecycle,
      driver: metrics.driver(driver),
      store,
      observer: metrics.observer,
      nodeId: config.nodeId,
      checkHost: config.hostCheck ? reaches(config.hostCheck.host, config.hostCheck.port) : async () => true,
      log,
    });
  } catch (error) {
    // The store is in use, or broken: the profiles must be free for whoever comes next.
    await driver.shutdown();
    throw error;
  }
}

/** @throws LifecycleError STORE_UNAVAILABLE; StartError when there can be no webhook of WEBHOOK_URL */
async function openWebhooks(
  { webhooks: { fromEnvironment, ...options } }: Config,
  log: Log,
  manager: InstanceManager,
  store: Store,
  { attempted }: Metrics,
): Promise<Webhooks> {
  let webhooks: Webhooks | undefined;
  try {
    webhooks = await Webhooks.open({ ...options, store, manager, log, attempted });
    await keepEnvironmentWebhook(webhooks, fromEnvironment);
    return webhooks;
  } catch (error) {
    await webhooks?.close();
    await manager.close();
    if (!(error instanceof Problem)) throw error;
    throw new StartError(`WEBHOOK_URL cannot be delivered to. ${error.message}`, { cause: error });
  }
}

/** @throws LifecycleError STORE_UNAVAILABLE */
async function openEvents(
  { events }: Config,
  log: Log,
  manager: InstanceManager,
  store: Store,
  webhooks: Webhooks,
): Promise<Events> {
  try {
    return await Events.open({ ...events, store, manager, log });
  } catch (error) {
    await webhooks.close();
    await manager.close();
    throw error;
  }
}

const closingAfter = (store: Store, before: () => Promise<void> | undefined): Store => ({
  ...store,
  close: async () => {
    await before();
    await store.close();
  },
});

const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function listen(http: Server, { host, port }: Config): Promise<string> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error) =>
      reject(
        new StartError(`The server cannot listen on HOST ${host}, PORT ${port}: ${error.message}.`, {
          cause: error,
        }),
      );
    http.once('error', refuse);
    http.listen(port, host, () => {
      http.off('error', refuse);
      resolve(`http://${inUrl(host)}:${(http.address() as AddressInfo).port}`);
    });
  });
}

const stopListening = (http: Server): Promise<void> =>
  new Promise((resolve) => {
    const last = setTimeout(() => http.closeAllConnections(), LAST_ANSWERS_MS);
    http.close(() => {
      clearTimeout(last);
      resolve();
    });
  });
