/** An unpaired page: it shows codes until one is scanned, and goes through the passkey where the account wants one. */
import type { Clock } from '../../ports/clock.js';
import type { SimulatedAccount } from './simulated-account.js';
import { simulatedQr } from './simulated-codes.js';
import type { SimulatedTimes } from './simulated-options.js';
import { type LinkingPage, SimulatedPasskey } from './simulated-passkey.js';
import type { SimulatedWhatsApp } from './simulated-whatsapp.js';

export interface PairingPage extends LinkingPage {
  readonly account: SimulatedAccount;
  /** It is neither lost nor hung. */
  readonly isPairing: boolean;
  /** What it meant to do later is off. */
  stopTimers(): void;
}

export interface PairingHost {
  readonly clock: Clock;
  readonly times: SimulatedTimes;
  readonly whatsapp: SimulatedWhatsApp;
}

export class SimulatedPairing {
  readonly #page: PairingPage;
  readonly #host: PairingHost;
  #codesCome = true;
  #passkey: SimulatedPasskey | undefined;

  constructor(page: PairingPage, host: PairingHost) {
    this.#page = page;
    this.#host = host;
  }

  begin(): void {
    const { times, whatsapp } = this.#host;
    this.#show();
    if (whatsapp.takeFault('qr', this.#page.account.id) === 'stall') this.stopCodes();
    if (times.scanAfterMs !== undefined) this.#page.after(times.scanAfterMs, () => this.scan());
  }

  get isShowingCode(): boolean {
    return this.#page.isPairing && !this.#passkey;
  }
  /** The linking that waits for an assertion. */
  get passkey(): SimulatedPasskey | undefined {
    return this.#passkey?.isAsked ? this.#passkey : undefined;
  }

  #show(): void {
    if (!this.isShowingCode || !this.#codesCome) return;
    this.#page.say({ type: 'qr', qr: simulatedQr(() => this.#host.clock.random()) });
    this.#page.after(this.#host.times.qrIntervalMs, () => this.#show());
  }

  stopCodes(): void {
    this.#codesCome = false;
    this.#page.after(this.#host.times.qrStallAfterMs, () => {
      if (this.isShowingCode) this.#page.say({ type: 'qrStalled' });
    });
  }

  scan(): void {
    if (!this.isShowingCode) return;
    const { account } = this.#page;
    this.#page.stopTimers();
    if (!account.passkeyRules) {
      this.#page.linked();
      return;
    }
    this.#page.say({ type: 'scanned' });
    this.#passkey = new SimulatedPasskey(this.#page, account.passkeyRules);
    account.passkey = this.#passkey;
    this.#passkey.begin();
  }
}
