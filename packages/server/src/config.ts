/** Environment to configuration: the only reader of process.env. */
import { tmpdir } from 'node:os';
import type { LifecycleOptions } from '@wakeeper/lifecycle';
import { clientVariables } from './client-variables.js';
import { isLoopback } from './http/loopback.js';
import type { MediaOptions } from './media/media-intake.js';
import type { Variable } from './variable.js';
import { type HostAddress, MEDIA_FACTOR, type StoreLocation, variables } from './variables.js';
import type { EnvironmentWebhook } from './webhooks/environment-webhook.js';

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Empty: only a loopback host is listened on. */
  readonly apiKeys: readonly string[];
  readonly driver: 'whatsapp-web' | 'simulated';
  readonly store: StoreLocation;
  readonly storeStallTimeoutMs: number;
  readonly authBaseDir: string;
  readonly chrome: {
    readonly path: string | null;
    readonly args: readonly string[];
    readonly webVersion: string | null;
  };
  /** An operator's own repair of WhatsApp Web's page. */
  readonly pageLayer: { readonly file: string | null; readonly label: string | null };
  readonly onboardingLabels: readonly string[];
  readonly nodeId: string;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly maxBodyBytes: number;
  readonly metricsPerInstance: boolean;
  /** What must be reachable for the host's network to count as working; null switches the check off. */
  readonly hostCheck: HostAddress | null;
  readonly simulatedScanAfterMs: number;
  readonly webhooks: {
    /** What WEBHOOK_URL asks for. */
    readonly fromEnvironment: EnvironmentWebhook | null;
    readonly allowPrivate: readonly string[];
    readonly timeoutMs: number;
    readonly retentionMs: number;
    readonly maxBacklog: number;
  };
  readonly media: MediaOptions;
  readonly events: {
    readonly heartbeatMs: number;
    readonly maxReaders: number;
    readonly maxBufferBytes: number;
  };
  readonly lifecycle: Partial<LifecycleOptions>;
}

/** One line that names the variable, the rule and the value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type Environment = Readonly<Record<string, string | undefined>>;
type Values = {
  -readonly [N in keyof typeof variables]: (typeof variables)[N] extends Variable<infer T> ? T : never;
};

const DAY_MS = 24 * 3_600_000;
const LONGEST_SHOWN = 100;
/** The value as it may be printed: short, and without the passwords of URLs. */
const shown = (value: string): string => {
  const safe = value.replaceAll(/\/\/[^/\s]*@/g, '//***@');
  return JSON.stringify(safe.length > LONGEST_SHOWN ? `${safe.slice(0, LONGEST_SHOWN)}…` : safe);
};

/** An empty value counts as unset: that is how compose files and CI pass on a variable nobody set. */
function read<T>(name: string, variable: Variable<T>, env: Environment): T {
  const value = env[name]?.trim() || variable.fallback;
  // `optional` is the only maker of a null fallback, and its T includes null.
  if (value === null) return null as T;
  const result = variable.schema.safeParse(value);
  if (result.success) return result.data;
  throw new ConfigError(
    `${name} must be ${variable.rule}, and is ${variable.secret ? 'not (the value is a secret and not shown)' : shown(value)}.`,
  );
}

/** Where a command finds the server, and what it shows there. */
export interface ClientConfig {
  /** Without a slash at its end. */
  readonly url: string;
  readonly apiKey: string | null;
}

/** Where a server with this HOST and PORT answers programs on its own machine. */
export function localUrl({ host, port }: Pick<Config, 'host' | 'port'>): string {
  // Who listens on every address answers on this one too.
  const local = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${local.includes(':') ? `[${local}]` : local}:${port}`;
}

/**
 * On the machine of the server its own HOST, PORT and API_KEYS are enough. What is given goes before the environment.
 * @throws ConfigError as `loadConfig`
 */
export function loadClientConfig(
  given: { readonly url?: string | undefined; readonly apiKey?: string | undefined },
  env: Environment = process.env,
): ClientConfig {
  const key = given.apiKey ?? read('WAKEEPER_API_KEY', clientVariables.WAKEEPER_API_KEY, env);
  const apiKey = key ?? read('API_KEYS', variables.API_KEYS, env)?.[0] ?? null;
  const url = given.url ?? read('WAKEEPER_URL', clientVariables.WAKEEPER_URL, env);
  if (url !== null) return { url: url.replace(/\/+$/, ''), apiKey };
  const host = read('HOST', variables.HOST, env);
  return { url: localUrl({ host, port: read('PORT', variables.PORT, env) }), apiKey };
}

/** @throws ConfigError at the first value that breaks its rule. */
export function loadConfig(env: Environment = process.env): Config {
  const values = Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [name, read<unknown>(name, variable, env)]),
  ) as Values;
  const apiKeys = values.API_KEYS ?? [];
  if (apiKeys.length === 0 && !isLoopback(values.HOST))
    throw new ConfigError(
      `HOST must be a loopback address (127.0.0.1, ::1, localhost) while API_KEYS is empty, because anybody who reaches the port could send from these accounts, and is ${shown(values.HOST)}. Set API_KEYS to listen there.`,
    );
  return {
    host: values.HOST,
    port: values.PORT,
    apiKeys,
    driver: values.DRIVER,
    store: values.STORE_URL,
    storeStallTimeoutMs: values.STORE_STALL_TIMEOUT_MS,
    authBaseDir: values.AUTH_BASE_DIR,
    chrome: { path: values.CHROME_PATH, args: values.CHROME_ARGS ?? [], webVersion: values.WEB_VERSION },
    pageLayer: { file: values.PAGE_LAYER_FILE, label: values.PAGE_LAYER_LABEL },
    onboardingLabels: values.ONBOARDING_LABELS ?? [],
    nodeId: values.NODE_ID,
    logLevel: values.LOG_LEVEL,
    maxBodyBytes: values.MAX_BODY_BYTES,
    metricsPerInstance: values.METRICS_PER_INSTANCE === 'on',
    // A WhatsApp in memory is reached without a network, and nobody must be suspended for want of one.
    hostCheck: values.DRIVER === 'simulated' ? null : values.HOST_CHECK,
    simulatedScanAfterMs: values.SIMULATED_SCAN_AFTER_MS,
    webhooks: {
      fromEnvironment: environmentWebhook(values),
      allowPrivate: values.WEBHOOK_ALLOW_PRIVATE ?? [],
      timeoutMs: values.WEBHOOK_TIMEOUT_MS,
      retentionMs: values.WEBHOOK_RETENTION_DAYS * DAY_MS,
      maxBacklog: values.WEBHOOK_MAX_BACKLOG,
    },
    media: {
      maxBytes: values.MAX_SENT_MEDIA_BYTES,
      spoolDirectory: values.MEDIA_SPOOL_DIR ?? tmpdir(),
      fetchTimeoutMs: values.MEDIA_FETCH_TIMEOUT_MS,
      allowPrivate: values.MEDIA_ALLOW_PRIVATE ?? [],
    },
    events: {
      heartbeatMs: values.EVENTS_HEARTBEAT_MS,
      maxReaders: values.EVENTS_MAX_READERS,
      maxBufferBytes: values.EVENTS_BUFFER_BYTES,
    },
    lifecycle: lifecycleOptions(values),
  };
}

function environmentWebhook(values: Values): EnvironmentWebhook | null {
  const { WEBHOOK_URL: url, WEBHOOK_EVENTS: events, WEBHOOK_SECRET: secrets } = values;
  if (url === null) return null;
  if (!secrets)
    throw new ConfigError(
      'WEBHOOK_SECRET must be set where WEBHOOK_URL is, so that receivers can tell our deliveries from others, and is not. Make one: echo "whsec_$(openssl rand -base64 32)".',
    );
  if (new URL(url).protocol === 'http:' && !values.WEBHOOK_ALLOW_PRIVATE)
    throw new ConfigError(
      'WEBHOOK_URL must be https, unless its address is in WEBHOOK_ALLOW_PRIVATE, and is http.',
    );
  return { url, events, secrets };
}

const lifecycleOptions = (values: Values): Partial<LifecycleOptions> => ({
  maxQueueSize: values.MAX_QUEUE_SIZE,
  readyTimeoutMs: values.READY_TIMEOUT_MS,
  restartBackoffMs: values.RESTART_BACKOFF_MS,
  maxRestartsPerWindow: values.MAX_RESTARTS_PER_WINDOW,
  windowMinutes: values.WINDOW_MINUTES,
  maxConcurrentLaunches: values.MAX_CONCURRENT_LAUNCHES,
  stableAfterMs: values.STABLE_AFTER_MS,
  reconnectGraceMs: values.RECONNECT_GRACE_MS,
  syncTimeoutMs: values.SYNC_TIMEOUT_MS,
  qrTimeoutMs: values.QR_TIMEOUT_MS,
  healthCheckIntervalMs: values.HEALTH_CHECK_INTERVAL_MS,
  sendWaitMs: values.SEND_WAIT_MS,
  sendIntervalMs: values.SEND_INTERVAL_MS,
  ackTimeoutMs: values.ACK_TIMEOUT_MS,
  mediaAckTimeoutMs: values.ACK_TIMEOUT_MS * MEDIA_FACTOR,
  maxSendAttempts: values.MAX_SEND_ATTEMPTS,
  messageTtlMs: values.MESSAGE_TTL_MS,
  pageSelfTest: values.PAGE_SELF_TEST,
  pageRetestMs: values.PAGE_RETEST_MS,
  queueAcceptStates: values.QUEUE_ACCEPT_STATES,
  resolveRecipients: values.RESOLVE_RECIPIENTS === 'on',
  recipientCheck: values.RECIPIENT_CHECK,
  uncertainPolicy: values.UNCERTAIN_POLICY,
  drainTimeoutMs: values.DRAIN_TIMEOUT_MS,
  ignoreChats: values.IGNORE_CHATS ?? [],
  inboundBackfillHours: values.INBOUND_BACKFILL_HOURS,
  backfillStatus: values.BACKFILL_STATUS === 'on',
  lookBackMs: values.INBOUND_LOOK_BACK_MS,
  unreadableAfterMs: values.INBOUND_UNREADABLE_AFTER_MS,
  maxMediaBytes: values.MAX_MEDIA_BYTES,
});
