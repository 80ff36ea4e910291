/** The words of the chart: what an instance is told, what it hears, what it knows. */
import type { InstanceRecord } from '../domain/instance-record.js';
import type { AccountIdentity, InstanceState, LastError, Rung, Wanted } from '../domain/instance-state.js';
import type { PageReport } from '../domain/page-report.js';
import type { PasskeyLink } from '../domain/passkey.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { DriverEvent, DriverFailure, FailureCode, MessageEvent } from '../ports/driver.js';

/** Commands are imperative: a person, or the manager for one. */
export type InstanceCommand =
  | { readonly type: 'instance.start' }
  | { readonly type: 'instance.stop' }
  /** `mode` undefined: the rung that the ladder would take. */
  | { readonly type: 'instance.restart'; readonly mode?: Rung }
  | { readonly type: 'instance.logout' }
  /** Codes are wanted again after they have expired. */
  | { readonly type: 'instance.showQr' }
  /** The fault is the world's: the host is offline or was asleep, or WhatsApp's page is not understood any more. */
  | { readonly type: 'recovery.suspend'; readonly reason: string }
  | { readonly type: 'recovery.resume' }
  /** Another instance was stopped by its page as well, and the page is well again. */
  | { readonly type: 'recovery.retest' };

/** Events of the driver that the chart acts upon; messages, acks and votes go past it. */
type ChartDriverEvent = Exclude<
  DriverEvent,
  MessageEvent | { type: 'ack' | 'pairingCode' | 'actionRequired' | 'actionTaken' | 'timelock' }
>;
type Stamped<E> = E extends { readonly type: infer T extends string }
  ? Omit<E, 'type'> & { readonly type: `driver.${T}`; readonly generation: number }
  : never;
export type DriverFact =
  | Stamped<ChartDriverEvent>
  | { readonly type: 'driver.openFailed'; readonly generation: number; readonly failure: DriverFailure };

export type InstanceEvent = InstanceCommand | DriverFact;

/** The chart's typed context: JSON only, every counter bounded. Times in epoch milliseconds. */
export interface InstanceContext {
  readonly id: string;
  readonly options: LifecycleOptions;
  readonly wanted: Wanted;
  /** The state in the record that a boot found, until the first decision. */
  readonly restored: InstanceState | null;
  /** Number of the last `initialize()`. */
  readonly generation: number;
  /** The generation whose events count, or null when none is open. */
  readonly live: number | null;
  /** How the next generation is opened. */
  readonly rung: Rung;
  /** The next opening spends one from the restart budget. */
  readonly spends: boolean;
  /** Goes ahead without a wait: asked for by hand, or granted by cooling. */
  readonly granted: boolean;
  readonly restarts: readonly number[];
  /** Restarts in a row without a stable `ready`, at most maxRestartsPerWindow. */
  readonly attempts: number;
  readonly sawLogout: boolean;
  /** The profile was removed for the browser that is opened next, to show a code. */
  readonly profileCleared: boolean;
  /** The free reload of a crashed page has been used since the last stable `ready`. */
  readonly reloadUsed: boolean;
  readonly probeFailures: number;
  readonly paired: boolean;
  readonly me: AccountIdentity | null;
  /** The account that was paired last: it stays through codes and logouts. */
  readonly account: AccountIdentity | null;
  readonly qr: string | null;
  readonly qrIssuedAt: number | null;
  /** When the browser is closed unless somebody has scanned. */
  readonly qrUntil: number | null;
  /** The linking by passkey that is under way. */
  readonly passkey: PasskeyLink | null;
  /** Why the last linking by passkey came to nothing, until the next generation. */
  readonly passkeyFailure: string | null;
  /** Deadline of the attempt. */
  readonly deadlineAt: number | null;
  readonly syncSince: number | null;
  /** When the next automatic step is due. */
  readonly retryAt: number | null;
  /** Why it is in this state, as a sentence. */
  readonly reason: string | null;
  readonly lastError: LastError | null;
  /** The failure that led here is one that only a person can mend. */
  readonly fatal: boolean;
  /** Why nobody may climb the ladder now, or null. */
  readonly suspension: string | null;
  /** The last error in the page of this generation. */
  readonly pageError: string | null;
  /** What the page of this generation can do, by its last self-test. */
  readonly page: PageReport | null;
  /** The driver has said `ready` of the page as it is loaded now. */
  readonly pageReady: boolean;
}

export interface InstanceInput {
  readonly record: InstanceRecord;
  readonly options: LifecycleOptions;
  /** False for an instance made just now, whose state says nothing yet. */
  readonly restored: boolean;
}

/** Only a person can mend these; each message names the remedy. */
const FATAL: ReadonlySet<FailureCode> = new Set([
  'BROWSER_NOT_FOUND',
  'PROFILE_NOT_WRITABLE',
  'TOS_BLOCK',
  'PROXYBLOCK',
  'VERSION_NOT_SUPPORTED',
]);
export const isFatal = (failure: DriverFailure): boolean => FATAL.has(failure.code);

/** The account is not paired any more: a person has to scan. */
export const isUnpairing = (failure: DriverFailure): boolean =>
  failure.code === 'LOGGED_OUT' || failure.code === 'UNPAIRED';

/** WhatsApp's socket is trying by itself. */
export const isReconnecting = (state: string): boolean => state === 'OPENING' || state === 'TIMEOUT';
