/** Every number of the lifecycle: meaning, unit, default and the reason for it. Checked once, here. */

import { LifecycleError } from '../domain/errors.js';
import type { IgnorableChat } from '../domain/inbound.js';
import type { RecipientCheck } from '../domain/recipient.js';
import { checkedRules, everyCapability, type PageSelfTest } from './page-policy.js';

export interface LifecycleOptions {
  /** Open items (queued and sending) of one instance; more are refused with QUEUE_FULL. */
  readonly maxQueueSize: number;
  /** From the launch gate's grant to `ready`, each attempt. */
  readonly readyTimeoutMs: number;
  /** Ceiling of the wait before the first rung; doubles with each further one, up to 60 s. */
  readonly restartBackoffMs: number;
  /** Automatic restarts within `windowMinutes`. */
  readonly maxRestartsPerWindow: number;
  readonly windowMinutes: number;
  /** Browsers starting at the same time. Cores + 1 was fastest; all at once lost a third of the readies. */
  readonly maxConcurrentLaunches: number;
  /** `ready` for so long resets the ladder. */
  readonly stableAfterMs: number;
  /** How long WhatsApp's own socket may try to reconnect before the ladder begins. */
  readonly reconnectGraceMs: number;
  /** The longest that sync progress can extend an attempt. */
  readonly syncTimeoutMs: number;
  /** A browser that shows a code nobody scans is closed after it: it costs 300 MB. */
  readonly qrTimeoutMs: number;
  /** Between two probes of a ready page, +-20 %. */
  readonly healthCheckIntervalMs: number;
  /** Deadline of one probe. */
  readonly probeTimeoutMs: number;
  /** Failed probes in a row that lead to the ladder. */
  readonly maxProbeFailures: number;
  /** What a failed probe of the page's self-test leads to, by capability; `warn` stops nothing. */
  readonly pageSelfTest: PageSelfTest;
  /** How often a page that lacks something is tested again, +-20 %; one that is incompatible is loaded again for it. */
  readonly pageRetestMs: number;
  /** A crashed page must be ready again by then. */
  readonly reloadTimeoutMs: number;
  /** Deadline of a teardown; past it the browser's process group is killed. */
  readonly closeTimeoutMs: number;
  /** Deadline of an unlinking at WhatsApp, teardown included. */
  readonly logoutTimeoutMs: number;
  /** How long stop and drain wait for the item in flight. Docker kills at 10 s. */
  readonly drainTimeoutMs: number;
  /** Recovery after the host was offline or asleep begins within this time, at a random moment. */
  readonly resumeSpreadMs: number;
  /** How long a send to a ready instance waits for its outcome. */
  readonly sendWaitMs: number;
  /** Between two sends of one instance, +-50 %. */
  readonly sendIntervalMs: number;
  /** How long an acknowledgement of WhatsApp's server is waited for. */
  readonly ackTimeoutMs: number;
  /** The same for media, which are uploaded first. */
  readonly mediaAckTimeoutMs: number;
  /** Deadline of the page call of one send; media have mediaAckTimeoutMs. */
  readonly sendTimeoutMs: number;
  /** Attempts that were proved unsent before an item fails. */
  readonly maxSendAttempts: number;
  /** An item older than this is not sent any more. */
  readonly messageTtlMs: number;
  /** States in which a send is accepted. */
  readonly queueAcceptStates: readonly AcceptState[];
  /**
   * Ask WhatsApp before a send is accepted whether its phone number is registered, and refuse it with RECIPIENT_NOT_FOUND
   * where it is not. False by default: the attempt to send asks too, at the pace of sending, while these questions come
   * as fast as sends do, and WhatsApp restricts accounts that ask about many numbers.
   */
  readonly resolveRecipients: boolean;
  /**
   * What the attempt to send needs before it opens a new chat. `open` by default: it is refused where WhatsApp says that the
   * number is not registered, and tried where WhatsApp does not answer. `required`: it is not tried without an answer. A
   * message to a number that is not registered has been seen to cost the account its right to open chats.
   */
  readonly recipientCheck: RecipientCheck;
  /** What happens to an item of which nobody can know whether it was sent. */
  readonly uncertainPolicy: 'hold' | 'resend';
  /** Chats that nothing is told of. */
  readonly ignoreChats: readonly IgnorableChat[];
  /** How far back messages are fetched that came while the instance was not there; 0 switches that off. */
  readonly inboundBackfillHours: number;
  /**
   * Fetch status updates too that came meanwhile. False by default: reading them has cost links that were a few minutes
   * old, and a driver leaves them out that long in any case.
   */
  readonly backfillStatus: boolean;
  /** Between two looks of a ready instance for messages that its page stored without an event, +-20 %; 0 switches that off. */
  readonly lookBackMs: number;
  /** A message that the page still cannot read after this time is reported as unreadable. Most are readable within seconds. */
  readonly unreadableAfterMs: number;
  /** The largest file of a message that is fetched, in bytes: it is held in memory, in the page and here. */
  readonly maxMediaBytes: number;
  /** How long settled items are kept. */
  readonly settledRetentionMs: number;
  /** How long an idempotency key is kept. */
  readonly idempotencyTtlMs: number;
  /** State changes kept of each instance. */
  readonly historyLength: number;
}

/** `stopped`, `cooling`, `incompatible` and `halted` are told apart here because sends are treated differently in them. */
export const ACCEPT_STATES = [
  'ready',
  'connecting',
  'disconnected',
  'needs_qr',
  'cooling',
  'incompatible',
  'halted',
  'stopped',
] as const;
export type AcceptState = (typeof ACCEPT_STATES)[number];

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export const defaultOptions: LifecycleOptions = {
  maxQueueSize: 200,
  readyTimeoutMs: 180_000,
  restartBackoffMs: 2_000,
  maxRestartsPerWindow: 5,
  windowMinutes: 10,
  maxConcurrentLaunches: 3,
  stableAfterMs: 5 * MINUTE,
  reconnectGraceMs: 60_000,
  syncTimeoutMs: 10 * MINUTE,
  qrTimeoutMs: 5 * MINUTE,
  healthCheckIntervalMs: 30_000,
  probeTimeoutMs: 5_000,
  maxProbeFailures: 3,
  pageSelfTest: everyCapability('enforce'),
  pageRetestMs: 60 * MINUTE,
  reloadTimeoutMs: 60_000,
  closeTimeoutMs: 15_000,
  logoutTimeoutMs: 30_000,
  drainTimeoutMs: 8_000,
  resumeSpreadMs: 15_000,
  sendWaitMs: 10_000,
  sendIntervalMs: 1_500,
  ackTimeoutMs: 60_000,
  mediaAckTimeoutMs: 180_000,
  sendTimeoutMs: 30_000,
  maxSendAttempts: 3,
  messageTtlMs: DAY,
  queueAcceptStates: ['ready', 'connecting', 'disconnected', 'cooling', 'incompatible'],
  resolveRecipients: false,
  recipientCheck: 'open',
  uncertainPolicy: 'hold',
  ignoreChats: [],
  inboundBackfillHours: 24,
  backfillStatus: false,
  lookBackMs: 5 * MINUTE,
  unreadableAfterMs: 10 * MINUTE,
  maxMediaBytes: 64 * 1024 * 1024,
  settledRetentionMs: 7 * DAY,
  idempotencyTtlMs: 7 * DAY,
  historyLength: 500,
};

/** Numbers that may be 0: a wait that can be switched off. */
const MAY_BE_ZERO: ReadonlySet<string> = new Set([
  'restartBackoffMs',
  'sendWaitMs',
  'sendIntervalMs',
  'resumeSpreadMs',
  'drainTimeoutMs',
  'inboundBackfillHours',
  'lookBackMs',
]);
/** setTimeout fires at once beyond 2^31-1 ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;
const mostOf = (name: string): number => {
  if (/Retention|Ttl/.test(name)) return Number.MAX_SAFE_INTEGER;
  return name.endsWith('Minutes') ? Math.floor(MAX_DELAY_MS / MINUTE) : MAX_DELAY_MS;
};

/** @throws LifecycleError `INVALID_INPUT` naming the option, the rule and the value. */
export function resolveOptions(given: Partial<LifecycleOptions> = {}): LifecycleOptions {
  const options: LifecycleOptions = { ...defaultOptions, ...given };
  checkedRules(options.pageSelfTest);
  for (const [name, value] of Object.entries(options)) {
    if (typeof value !== 'number') continue;
    const least = MAY_BE_ZERO.has(name) ? 0 : 1;
    const most = mostOf(name);
    if (
      !Number.isFinite(value) ||
      value < least ||
      value > most ||
      (!name.endsWith('Minutes') && !Number.isInteger(value))
    )
      throw new LifecycleError('INVALID_INPUT', {
        message: `Option ${name} must be a whole number from ${least} to ${most}, and is ${value}.`,
        details: { path: name },
      });
  }
  return options;
}
