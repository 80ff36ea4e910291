/** An instance as people and programs see it: the shape of section "instance" of the HTTP API, with times as numbers. */
import type { AccountIdentity, InstanceState, LastError, Wanted } from '../domain/instance-state.js';

/** All times in epoch milliseconds. */
export interface InstanceView {
  readonly id: string;
  readonly state: InstanceState;
  /** The substate, for example `authenticating`; never a sixth word. */
  readonly detail: string;
  readonly wanted: Wanted;
  /** Since when in this state. */
  readonly since: number;
  /** Why, as a sentence. */
  readonly reason: string | null;
  /** When the next automatic step is due, or null. */
  readonly retryAt: number | null;
  readonly lastError: LastError | null;
  readonly restarts: { readonly used: number; readonly max: number; readonly windowMinutes: number };
  readonly queueDepth: number;
  /** Messages and polls that wait for a person: they were accepted for another account. */
  readonly heldCount: number;
  readonly me: AccountIdentity | null;
  /** The account that was paired last, also while none is. */
  readonly account: AccountIdentity | null;
  /** The number that alone may be paired, or null for any. */
  readonly expectedAccount: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** The node that runs it. */
  readonly node: string;
  readonly createdAt: number;
}

/** The code that is shown now. */
export interface QrView {
  readonly qr: string;
  readonly issuedAt: number;
  /** When the codes end unless somebody scans or asks again. */
  readonly expiresAt: number;
}
