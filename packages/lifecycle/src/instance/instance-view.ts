/** An instance as people and programs see it: the shape of section "instance" of the HTTP API, with times as numbers. */
import type { AccountIdentity, InstanceState, LastError, Wanted } from '../domain/instance-state.js';
import type { PageCapability, PageReport } from '../domain/page-report.js';
import type { PasskeyLink, PasskeyOptions, PasskeyStage } from '../domain/passkey.js';
import type { AccountRestriction } from '../domain/restriction.js';

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
  /** Null while no page is open, and until it was tested. */
  readonly page: PageView | null;
  /** What WhatsApp does not let the account do for a time, as its page said last, or null. */
  readonly restriction: AccountRestriction | null;
  /** The account that was paired last, also while none is. */
  readonly account: AccountIdentity | null;
  /** The number that alone may be paired, or null for any. */
  readonly expectedAccount: string | null;
  /** The linking by passkey that is under way. */
  readonly passkey: PasskeyView | null;
  readonly labels: Readonly<Record<string, string>>;
  /** The node that runs it. */
  readonly node: string;
  readonly createdAt: number;
}

/** What the page of the instance can do, by its last self-test and by what it refused since. */
export interface PageView
  extends Pick<PageReport, 'version' | 'edition' | 'browser' | 'library' | 'layer' | 'checkedAt'> {
  /**
   * `off`: the page cannot do it, and what needs it is refused or waits. `doubtful`: the probe failed, and it is used all the
   * same, since PAGE_SELF_TEST says so or since it was seen to work.
   */
  readonly capabilities: Readonly<Record<PageCapability, 'ok' | 'off' | 'doubtful'>>;
  /** For each capability whose probe failed, the names of what the page lacks. */
  readonly missing: Readonly<Partial<Record<PageCapability, readonly string[]>>>;
}

/** What a person is to do for a link that WhatsApp wants confirmed with a passkey. */
export interface PasskeyView {
  readonly options: PasskeyOptions;
  readonly stage: PasskeyStage;
  /** To be compared with the one on the phone where the stage is `code`. */
  readonly code: string | null;
  /** When the linking is given up. */
  readonly expiresAt: number;
}

export function passkeyView(link: PasskeyLink | null, detail: string): PasskeyView | null {
  if (!link) return null;
  const { options, code, confirm, expiresAt } = link;
  const stage = detail === 'passkey' ? 'assertion' : code !== null && confirm ? 'code' : 'confirming';
  return { options, stage, code, expiresAt };
}

/** The code that is shown now. */
export interface QrView {
  readonly qr: string;
  readonly issuedAt: number;
  /** When the codes end unless somebody scans or asks again. */
  readonly expiresAt: number;
}
