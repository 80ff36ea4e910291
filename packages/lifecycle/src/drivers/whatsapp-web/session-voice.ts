/**
 * How one generation speaks: the library's events and the page's facts, folded into those of the port. It says each thing
 * once for each document, in their order, and nothing after it is silenced.
 */
import type { AccountIdentity } from '../../domain/instance-state.js';
import { type PageReport, REQUIRED_CAPABILITIES } from '../../domain/page-report.js';
import type { PasskeyOptions } from '../../domain/passkey.js';
import type { AccountRestriction } from '../../domain/restriction.js';
import { DriverError, type DriverEvent, type DriverFailure } from '../../ports/driver.js';
import { failureOfState } from './driver-failure.js';
import type { PageFact } from './page-world.js';

export interface VoiceOptions {
  readonly hear: (event: DriverEvent) => void;
  readonly qrStallMs: number;
  /** The session has ended by itself. Called once. */
  readonly lost: (failure: DriverFailure) => void;
  /**
   * Tests the page in a document that is about to be ready, or its modules alone where the library has failed before that.
   * Rejects with a DriverError where the page hangs.
   */
  readonly test: (of: 'session' | 'modules') => Promise<PageReport>;
  /** A listener has thrown. */
  readonly complain: (cause: unknown) => void;
}

/** A broken page repeats itself; this many different errors say what there is to know. */
const MAX_PAGE_ERRORS = 20;

export class SessionVoice {
  readonly #options: VoiceOptions;
  readonly #pageErrors = new Set<string>();
  /** The test of a document that is ready but for it; another document has another. */
  #trial: object | undefined;
  /** What the socket said during the trial. */
  #stateInTrial: string | undefined;
  #stall: NodeJS.Timeout | undefined;
  #silent = false;
  #lostSaid = false;
  #lastQr: string | undefined;
  #asksForScan = false;
  #scanned = false;
  /** A scan was not enough: WhatsApp wants a passkey. */
  #linksByPasskey = false;
  #authenticated = false;
  #ready = false;
  /** What the page said last of it. */
  #timelock: AccountRestriction | null | undefined;
  #timelockSaid: string | undefined;
  /** The test of a document in which something has failed before it was ready. */
  #inquest: object | undefined;
  /** The library said `ready` while the page was still receiving. */
  #readyWaitsForSync: AccountIdentity | null | undefined;

  constructor(options: VoiceOptions) {
    this.#options = options;
  }

  get ready(): boolean {
    return this.#ready;
  }
  get authenticated(): boolean {
    return this.#authenticated;
  }
  /** WhatsApp has asked for a passkey, and the account is not linked yet. */
  get linksByPasskey(): boolean {
    return this.#linksByPasskey;
  }
  /** The code that was shown last. */
  get code(): string | undefined {
    return this.#lastQr;
  }

  silence(): void {
    this.#silent = true;
    clearTimeout(this.#stall);
  }

  say(event: DriverEvent): void {
    // A loss is told once; it may be told later than it was heard.
    if (this.#silent || (this.#lostSaid && event.type !== 'lost')) return;
    try {
      this.#options.hear(event);
    } catch (cause) {
      this.#options.complain(cause);
    }
  }

  /** The library takes the missing ref after a scan for one more code; those behind a passkey screen cannot be scanned. */
  qr(code: string): void {
    if (this.#linksByPasskey || /^(null|undefined)?,/.test(code) || code === this.#lastQr) return;
    this.#lastQr = code;
    this.#asksForScan = true;
    this.#scanned = false;
    this.#authenticated = false;
    this.say({ type: 'qr', qr: code });
    this.#armStall();
  }

  pairingCode(code: string): void {
    this.#asksForScan = true;
    // A page that shows a pairing code shows no further codes to scan.
    clearTimeout(this.#stall);
    this.say({ type: 'pairingCode', code });
  }

  passkeyRequired(options: PasskeyOptions, expiresAt: number): void {
    clearTimeout(this.#stall);
    this.#linksByPasskey = true;
    this.say({ type: 'passkeyRequired', options, expiresAt });
  }

  passkeyFailed(reason: string): void {
    this.#linksByPasskey = false;
    this.say({ type: 'passkeyFailed', reason });
  }

  authenticatedSaid(): void {
    this.#linksByPasskey = false;
    this.#scannedNow();
    if (this.#authenticated) return;
    this.#authenticated = true;
    this.say({ type: 'authenticated' });
  }

  /** `synced`: what the page itself says of it. */
  readySaid(me: AccountIdentity | null, synced: boolean): void {
    if (this.#ready || this.#trial) return;
    if (!synced) {
      this.#readyWaitsForSync = me;
      return;
    }
    this.#readyWaitsForSync = undefined;
    this.authenticatedSaid();
    void this.#readyOnceTested(me);
  }

  async #readyOnceTested(me: AccountIdentity | null): Promise<void> {
    const trial = {};
    this.#trial = trial;
    this.#stateInTrial = undefined;
    try {
      const report = await this.#options.test('session');
      if (this.#trial !== trial) return;
      this.#trial = undefined;
      this.#ready = true;
      this.say({ type: 'pageTested', report });
      this.say({ type: 'ready', me });
      if (this.#timelock !== undefined) this.timelock(this.#timelock);
      const state = this.#stateInTrial;
      if (state !== undefined && state !== 'CONNECTED') this.say({ type: 'socketState', state });
    } catch (thrown) {
      if (this.#trial !== trial) return;
      this.#trial = undefined;
      // Anything else is a page that goes away, which is heard elsewhere: its `ready` would be worth nothing.
      if (thrown instanceof DriverError && thrown.failure.code === 'PAGE_HUNG') this.lose(thrown.failure);
    }
  }

  /** As the page says it; each different word once. Before `ready` it may not know yet. */
  timelock(restriction: AccountRestriction | null): void {
    this.#timelock = restriction;
    const said = JSON.stringify(restriction);
    if (!this.#ready || said === this.#timelockSaid) return;
    this.#timelockSaid = said;
    this.say({ type: 'timelock', restriction });
  }

  /** The page has another document: what was in the old one is gone, and `ready` must be proved again. */
  newDocument(): void {
    this.#trial = undefined;
    this.#inquest = undefined;
    this.#pageErrors.clear();
    this.#readyWaitsForSync = undefined;
    this.#timelock = undefined;
    this.#timelockSaid = undefined;
    if (!this.#ready) return;
    this.#ready = false;
    this.say({ type: 'socketState', state: 'OPENING' });
  }

  crashed(message: string): void {
    this.#trial = undefined;
    this.#inquest = undefined;
    this.#ready = false;
    this.say({ type: 'pageCrashed', message });
  }

  pageError(message: string): void {
    if (this.#pageErrors.has(message) || this.#pageErrors.size >= MAX_PAGE_ERRORS) return;
    this.#pageErrors.add(message);
    this.say({ type: 'pageError', message });
    if (this.#authenticated && !this.#ready && !this.#trial && !this.#inquest) void this.#findMissing();
  }

  /**
   * Where the page lacks what the library cannot do without, its own set-up fails and `ready` never comes: the page is told
   * to be incompatible all the same. Never rejects: a page that cannot be tested is waited for in vain, as any other.
   */
  async #findMissing(): Promise<void> {
    const inquest = {};
    this.#inquest = inquest;
    try {
      const report = await this.#options.test('modules');
      if (this.#inquest !== inquest || this.#ready || this.#trial) return;
      const isObstructed = REQUIRED_CAPABILITIES.some((name) => !report.capabilities[name].ok);
      if (isObstructed) this.say({ type: 'pageTested', report });
    } catch {
      // Its deadline is told by the chart, with the error of the page.
    } finally {
      if (this.#inquest === inquest) this.#inquest = undefined;
    }
  }

  fact(fact: PageFact): void {
    if (fact.type === 'timelock') this.timelock(fact.restriction);
    if (fact.type === 'state' && fact.state) this.#state(fact.state, fact.paired);
    if (fact.type === 'synced' && fact.synced && this.#readyWaitsForSync !== undefined)
      this.readySaid(this.#readyWaitsForSync, true);
  }

  lose(failure: DriverFailure): void {
    if (this.#silent || this.#lostSaid) return;
    this.#options.lost(failure);
    this.#lostSaid = true;
    clearTimeout(this.#stall);
  }

  #state(state: string, paired: boolean): void {
    // Before the account is recognised, `paired` alone tells a scan from a hiccup of the network.
    const isLinked = state === 'CONNECTED' || (state === 'OPENING' && paired);
    if (this.#linksByPasskey && isLinked) {
      this.#linksByPasskey = false;
      // The scan alone was no link: what is said now is one.
      this.#scanned = false;
    }
    if (isLinked || (state === 'PAIRING' && !this.#linksByPasskey)) this.#scannedNow();
    if (this.#ready) this.say({ type: 'socketState', state });
    else if (this.#trial) this.#stateInTrial = state;
    const failure = failureOfState(state);
    if (failure && (failure.code !== 'UNPAIRED' || this.#authenticated)) this.lose(failure);
  }

  #scannedNow(): void {
    clearTimeout(this.#stall);
    if (!this.#asksForScan || this.#scanned) return;
    this.#scanned = true;
    this.say({ type: 'scanned' });
  }

  #armStall(): void {
    clearTimeout(this.#stall);
    if (this.#silent) return;
    this.#stall = setTimeout(() => this.say({ type: 'qrStalled' }), this.#options.qrStallMs);
  }
}
