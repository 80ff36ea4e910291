/** What is persisted of an instance: small and plain, never an XState snapshot (which forgets its timers). */
import type { AccountIdentity, InstanceState, LastError, Wanted } from './instance-state.js';
import type { AccountRestriction } from './restriction.js';

/** All times in epoch milliseconds. */
export interface InstanceRecord {
  readonly id: string;
  readonly wanted: Wanted;
  readonly state: InstanceState;
  readonly detail: string;
  readonly since: number;
  readonly reason: string | null;
  readonly generation: number;
  /** When restarts were spent, oldest first, at most MAX_RESTARTS_PER_WINDOW of them. */
  readonly restarts: readonly number[];
  /** Restarts in a row without a stable `ready`. */
  readonly attempts: number;
  readonly lastError: LastError | null;
  readonly paired: boolean;
  readonly me: AccountIdentity | null;
  /** The account that was paired last, also while none is. */
  readonly account: AccountIdentity | null;
  /** The number that alone may be paired, or null for any. */
  readonly expectedAccount: string | null;
  /** Its page could not do what is needed, and what came meanwhile is not fetched yet, however long ago that is. */
  readonly isBehind: boolean;
  /** What its account may not do for a time, as it was reported last. */
  readonly restriction: AccountRestriction | null;
  readonly labels: Readonly<Record<string, string>>;
  /** URL of the proxy that the browser uses, or null. */
  readonly proxy: string | null;
  readonly createdAt: number;
}
