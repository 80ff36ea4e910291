/** Every environment variable that the server reads: the schema behind config.ts and docs/configuration.md. */
import { availableParallelism, hostname } from 'node:os';
import { ACCEPT_STATES, type AcceptState, defaultOptions, RECIPIENT_CHECKS } from '@wakeeper/lifecycle';
import { z } from 'zod';
import { eventVariables } from './event-variables.js';
import { inboundVariables } from './inbound-variables.js';
import { mediaVariables } from './media-variables.js';
import { pageVariables } from './page-variables.js';
import { shellWords } from './shell-words.js';
import { MAX_DELAY_MS, milliseconds, oneOf, optional, whole, words, written } from './variable.js';
import { webhookVariables } from './webhook-variables.js';

const path = z.string().min(1);

const chromeArgs = z.string().transform((value, context) => {
  const args = shellWords(value);
  if (args === null) context.addIssue({ code: 'custom', message: 'a quote is not closed' });
  return args ?? [];
});

const acceptStates = words.pipe(z.array(z.enum(ACCEPT_STATES))) satisfies z.ZodType<AcceptState[], string>;

const buttonLabels = words.pipe(z.array(z.string().regex(/^\P{Cc}{1,60}$/u)));

/** Where instances, queues and facts are kept. */
export type StoreLocation = { readonly kind: 'memory' } | { readonly kind: 'sqlite'; readonly path: string };
const storeLocation = z
  .string()
  .regex(/^(memory:|sqlite:(\/\/)?.+)$/)
  .transform(
    (url): StoreLocation =>
      url === 'memory:' ? { kind: 'memory' } : { kind: 'sqlite', path: url.replace(/^sqlite:(\/\/)?/, '') },
  );

export interface HostAddress {
  readonly host: string;
  readonly port: number;
}
const hostCheck = z
  .string()
  .regex(/^(none|[^\s:/]+:\d{1,5})$/)
  .transform((value): HostAddress | null => {
    const [host = '', port = ''] = value.split(':');
    return value === 'none' ? null : { host, port: Number(port) };
  })
  .pipe(z.object({ host: z.string(), port: z.number().min(1).max(65_535) }).nullable());

const lifecycle = defaultOptions;
const MIB = 1024 * 1024;
/** Media are uploaded before they can be acknowledged. */
export const MEDIA_FACTOR = Math.round(defaultOptions.mediaAckTimeoutMs / defaultOptions.ackTimeoutMs);

export const variables = {
  HOST: written('127.0.0.1', 'a host name or IP address', z.string().regex(/^[A-Za-z0-9.:_-]+$/), {
    about: 'Address to listen on. Without API_KEYS it must be a loopback address.',
  }),
  PORT: whole(3000, 0, 65_535, { about: 'Port to listen on; 0 takes a free one.' }),
  API_KEYS: optional(
    'keys separated by commas, without spaces inside',
    words.pipe(z.array(z.string().regex(/^[\x21-\x7e]+$/))),
    {
      about: 'Keys that callers show as `X-Api-Key` or `Authorization: Bearer`. Each one opens everything.',
      secret: true,
    },
  ),
  DRIVER: oneOf(
    'whatsapp-web',
    ['whatsapp-web', 'simulated'],
    'How instances talk to WhatsApp. `simulated` needs no browser, no phone and no network. Its phones live in the process: each start of the server is a new scan, and it takes some things that WhatsApp refuses.',
  ),
  STORE_URL: written(
    'sqlite:./data/wakeeper.db',
    'sqlite:PATH or memory: (redis:// is not in this version)',
    storeLocation,
    {
      about:
        'Where instances, queues and history are kept. `memory:` forgets everything at the end of the process.',
    },
  ),
  STORE_STALL_TIMEOUT_MS: milliseconds(
    30_000,
    100,
    'A disk that takes so long over one commit of the store counts as gone: the server ends with exit code 74, to be started again.',
  ),
  AUTH_BASE_DIR: written('./.wwebjs_auth', 'a path', path, {
    about:
      'Folder of the browser profiles, one for each instance. Whoever can read it can act as these accounts.',
  }),
  CHROME_PATH: optional('a path', path, {
    about:
      'The Chromium or Chrome to run. chromium-headless-shell takes less memory; [what it lacks](benchmarks.md#chromium-or-its-headless-shell).',
    shownDefault: 'found on the system',
  }),
  CHROME_ARGS: optional('arguments separated by spaces, in closed quotes where one has a space', chromeArgs, {
    about: 'Further arguments of the browser, added last. Quotes keep an argument with spaces together.',
  }),
  WEB_VERSION: optional('a version such as 2.3000.1', z.string().regex(/^[0-9][0-9A-Za-z.-]*$/), {
    about:
      'Version of WhatsApp Web to load, out of those kept in AUTH_BASE_DIR/.web-versions; each one that became ready is kept there. WhatsApp takes a version for some weeks only: [pin none without need](compatibility.md#pinning-a-version).',
    shownDefault: 'what WhatsApp serves',
  }),
  PAGE_LAYER_FILE: optional('a path', path, {
    about:
      'A JavaScript file of yours that is evaluated in the page after our own repairs of it: [a repair without a release](compatibility.md#a-repair-of-your-own). It can do all that the page can.',
  }),
  PAGE_LAYER_LABEL: optional(
    'a label as name=value, or a name',
    z.string().regex(/^[^=\p{Cc}]+(=\P{Cc}*)?$/u),
    {
      about: 'Only instances with this label get PAGE_LAYER_FILE; they are the first to try it.',
      shownDefault: 'all instances',
    },
  ),
  ONBOARDING_LABELS: optional('labels separated by commas, each of at most 60 characters', buttonLabels, {
    about:
      'Further labels of the button that closes the dialog after a new link, besides "Continue" in the languages that are known; [why](pairing.md#the-dialog-after-a-link).',
  }),
  NODE_ID: written(
    hostname()
      .replace(/[^A-Za-z0-9._-]/g, '-')
      .slice(0, 64) || 'node',
    '1 to 64 characters out of A-Z, a-z, 0-9, ".", "_" and "-"',
    z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
    {
      about: 'Name of this server process, shown as `node` of its instances.',
      shownDefault: "the host's name",
    },
  ),
  LOG_LEVEL: oneOf(
    'info',
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'Least level of the lines that are logged. A GET that succeeds is a line at `debug`, every other request at `info` or above.',
  ),
  MAX_BODY_BYTES: whole(25 * MIB, 1024, 512 * MIB, {
    about: 'Largest request body, in bytes. Media travel in base64, a third larger than the file.',
  }),
  METRICS_PER_INSTANCE: oneOf(
    'off',
    ['on', 'off'],
    'Whether `/metrics` also tells the state of each instance: one series each.',
  ),
  HOST_CHECK: written('web.whatsapp.com:443', 'host:port, or none', hostCheck, {
    about:
      'What this host must reach for its network to count as working; `none` switches the check off. DRIVER=simulated needs none.',
  }),
  SIMULATED_SCAN_AFTER_MS: milliseconds(
    3000,
    0,
    'With DRIVER=simulated: how long after a QR code somebody scans it.',
  ),

  MAX_QUEUE_SIZE: whole(lifecycle.maxQueueSize, 1, 1_000_000, {
    about: 'Messages and polls of one instance that may wait; more are refused with QUEUE_FULL.',
  }),
  READY_TIMEOUT_MS: milliseconds(
    lifecycle.readyTimeoutMs,
    1,
    'How long one attempt may take to become ready.',
  ),
  RESTART_BACKOFF_MS: milliseconds(
    lifecycle.restartBackoffMs,
    0,
    'Ceiling of the random wait before the first restart; it doubles with each further one, up to a minute.',
  ),
  MAX_RESTARTS_PER_WINDOW: whole(lifecycle.maxRestartsPerWindow, 1, 1000, {
    about: 'Automatic restarts of one instance within WINDOW_MINUTES.',
  }),
  WINDOW_MINUTES: whole(lifecycle.windowMinutes, 1, 10_080, {
    about: 'Length of the sliding window of the restart budget, in minutes.',
  }),
  MAX_CONCURRENT_LAUNCHES: whole(availableParallelism() + 1, 1, 1000, {
    about: 'Browsers that may start at the same time.',
    shownDefault: 'cores + 1',
  }),
  STABLE_AFTER_MS: milliseconds(
    lifecycle.stableAfterMs,
    1,
    'Being ready for so long resets the restart ladder.',
  ),
  RECONNECT_GRACE_MS: milliseconds(
    lifecycle.reconnectGraceMs,
    1,
    "How long WhatsApp's own socket may try to reconnect before a restart.",
  ),
  SYNC_TIMEOUT_MS: milliseconds(
    lifecycle.syncTimeoutMs,
    1,
    'The longest that the progress of a sync can extend an attempt.',
  ),
  QR_TIMEOUT_MS: milliseconds(
    lifecycle.qrTimeoutMs,
    1,
    'A browser whose QR code nobody scans is closed after it.',
  ),
  HEALTH_CHECK_INTERVAL_MS: milliseconds(
    lifecycle.healthCheckIntervalMs,
    1,
    'Time between two probes of a ready page, +-20 %.',
  ),
  SEND_WAIT_MS: milliseconds(
    lifecycle.sendWaitMs,
    0,
    'How long a send to a ready instance waits for its outcome.',
  ),
  SEND_INTERVAL_MS: milliseconds(
    lifecycle.sendIntervalMs,
    0,
    'Pause between two sends of one instance, +-50 %.',
  ),
  ACK_TIMEOUT_MS: whole(lifecycle.ackTimeoutMs, 1, Math.floor(MAX_DELAY_MS / MEDIA_FACTOR), {
    about: `How long the acknowledgement of WhatsApp's server is waited for; for media ${MEDIA_FACTOR} times as long.`,
  }),
  MAX_SEND_ATTEMPTS: whole(lifecycle.maxSendAttempts, 1, 100, {
    about: 'Attempts, each proved unsent, before an item fails.',
  }),
  MESSAGE_TTL_MS: whole(lifecycle.messageTtlMs, 1, 31_536_000_000, {
    about: 'An item older than this is not sent any more; `ttlMs` of a request overrides it.',
  }),
  QUEUE_ACCEPT_STATES: written(
    lifecycle.queueAcceptStates.join(','),
    `states separated by commas, out of ${ACCEPT_STATES.join(', ')}`,
    acceptStates,
    {
      about:
        'States in which a message is accepted. `cooling`, `incompatible` and `halted` are the kinds of `error`.',
    },
  ),
  RESOLVE_RECIPIENTS: oneOf(
    lifecycle.resolveRecipients ? 'on' : 'off',
    ['on', 'off'],
    '`on`: ask WhatsApp before a message is accepted whether its number is registered, and refuse it with RECIPIENT_NOT_FOUND where it is not; [what that costs](looking-up.md#before-sending).',
  ),
  RECIPIENT_CHECK: oneOf(
    lifecycle.recipientCheck,
    RECIPIENT_CHECKS,
    'What the attempt to send needs before it opens a new chat: `open` tries where WhatsApp does not say whether the number is registered, `required` does not; [when that is worth it](sending.md#new-chats).',
  ),
  UNCERTAIN_POLICY: oneOf(
    lifecycle.uncertainPolicy,
    ['hold', 'resend'],
    'What happens to an item of which nobody can know whether it was sent.',
  ),
  DRAIN_TIMEOUT_MS: milliseconds(
    lifecycle.drainTimeoutMs,
    0,
    'How long a stop waits for the message in flight. Docker kills after 10 s.',
  ),

  ...pageVariables,
  ...inboundVariables,
  ...mediaVariables,
  ...webhookVariables,
  ...eventVariables,
};
