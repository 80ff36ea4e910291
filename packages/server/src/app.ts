/**
 * The HTTP application over an instance manager. It opens no port and reads no environment, so that it mounts in
 * another Hono app (`host.route('/whatsapp', createApp({ manager }))`) or, by `getRequestListener` of
 * `@hono/node-server`, under a path of its own in Express or Fastify.
 */
import type { InstanceManager, Log } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { EventTokens } from './events/event-token.js';
import type { Events } from './events/events.js';
import type { AppEnv } from './http/app-env.js';
import { requireApiKey } from './http/auth.js';
import { type Check, gate } from './http/gate.js';
import { localCallersOnly } from './http/loopback.js';
import { answerProblem, Problem } from './http/problem.js';
import { requestFrame } from './http/request-frame.js';
import { requestMeter } from './http/request-metrics.js';
import { MediaIntake } from './media/media-intake.js';
import type { Metrics } from './metrics/metrics.js';
import { chatRoutes } from './routes/chats.js';
import { directoryRoutes } from './routes/directory.js';
import { docsRoutes } from './routes/docs.js';
import { eventRoutes } from './routes/events.js';
import { healthRoutes } from './routes/health.js';
import { instanceRoutes } from './routes/instances.js';
import { mediaRoutes } from './routes/media.js';
import { messageRoutes } from './routes/messages.js';
import { metricsRoutes } from './routes/metrics.js';
import { pageSelfTestRoutes } from './routes/page-self-test.js';
import { pairingRoutes } from './routes/pairing.js';
import { queueRoutes } from './routes/queue.js';
import { webhookRoutes } from './routes/webhooks.js';
import type { Webhooks } from './webhooks/webhooks.js';

export interface AppOptions {
  readonly manager: InstanceManager;
  /** Without them there are no routes of webhooks. */
  readonly webhooks?: Webhooks;
  /** Without them there is no /metrics, and requests are not timed. */
  readonly metrics?: Metrics;
  /** Without them there are no live streams: neither of events nor of QR codes. */
  readonly events?: Events;
  /** A pino logger, for example. By default only faults are told, on standard error. */
  readonly log?: Log;
  /** Who shows one of them may do everything. With none the caller is not asked: the host application does that. */
  readonly apiKeys?: readonly string[];
  /**
   * Answer only programs on this machine, never a web page of another site. For a server without keys on a loopback
   * address. False by default.
   */
  readonly localOnly?: boolean;
  /** How media come in. By default at most 32 MiB each, and from public addresses alone. */
  readonly media?: MediaIntake;
  /** Largest request body, but for uploads; 25 MiB by default. */
  readonly maxBodyBytes?: number;
}

export type App = ReturnType<typeof createApp>;

const DEFAULT_MAX_BODY_BYTES = 25 * 1024 * 1024;

const faultsOnly: Log = {
  debug() {},
  info() {},
  warn() {},
  error: (fields, message) => void process.stderr.write(`wakeeper: ${message} ${JSON.stringify(fields)}\n`),
};

export function createApp({
  manager,
  webhooks,
  metrics,
  events,
  media = new MediaIntake(),
  log = faultsOnly,
  apiKeys = [],
  localOnly = false,
  maxBodyBytes = DEFAULT_MAX_BODY_BYTES,
}: AppOptions) {
  const app = new Hono<AppEnv>();
  const fail = answerProblem(log);
  const tokens = new EventTokens(apiKeys, events?.clock);
  app.onError(fail);
  app.use(requestFrame(log, fail, metrics && requestMeter(metrics)));
  app.route('/', healthRoutes(manager));
  app.route('/', docsRoutes(app));
  // Whatever is registered from here on is closed to strangers.
  const checks: Check[] = [];
  if (localOnly) checks.push(localCallersOnly);
  if (apiKeys.length > 0) checks.push(requireApiKey(apiKeys, (c) => tokens.permits(c)));
  app.use(gate(checks, maxBodyBytes));
  const routes = app
    .route('/v1/instances', instanceRoutes(manager))
    .route('/v1/instances', pairingRoutes(manager, events))
    .route('/v1/instances', messageRoutes(manager, media))
    .route('/v1/instances', chatRoutes(manager))
    .route('/v1/instances', directoryRoutes(manager))
    .route('/v1/instances', mediaRoutes(manager))
    .route('/v1/instances', queueRoutes(manager))
    .route('/v1/page-self-test', pageSelfTestRoutes(manager));
  if (webhooks) app.route('/v1/webhooks', webhookRoutes(webhooks));
  if (metrics) app.route('/metrics', metricsRoutes(metrics));
  if (events) app.route('/v1/events', eventRoutes(events, tokens));
  // Last, so that only what no route has answered passes through it.
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (_, methods) => {
        throw new Problem('METHOD_NOT_ALLOWED', {
          detail: `This address takes ${methods.join(', ')}.`,
          headers: { allow: methods.join(', ') },
        });
      },
    }),
  );
  // Not `notFound`, which a host app would replace by its own; not thrown, which would pass by `methodNotAllowed`.
  app.all('*', (c) =>
    fail(new Problem('ROUTE_NOT_FOUND', { detail: 'There is nothing at this address.' }), c),
  );
  return routes;
}
