/**
 * The world behind the simulated driver: WhatsApp's server, the phones and the disks. It outlives every driver, so a test
 * of a restart makes a new driver over the same world, and counts from outside what was delivered.
 */

import type { PageCapability } from '../../domain/page-report.js';
import type { AccountRestriction } from '../../domain/restriction.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import type { DriverEvent, SocketState } from '../../ports/driver.js';
import type { OpenPage, SimulatedDelivery, SimulatedOpening } from './simulated-account.js';
import { SimulatedAccount } from './simulated-account.js';
import type { FaultInjector, FaultKind, FaultScript, SimulatedFaults } from './simulated-faults.js';
import type { SimulatedPasskeyRules } from './simulated-passkey.js';
import { type SimulatedPhone, simulatedPhone } from './simulated-phone.js';

export type { SimulatedPhone } from './simulated-phone.js';

export interface SimulatedWhatsAppOptions {
  /** Asked before each call that has no scripted fault. */
  readonly injectFault?: FaultInjector;
}

/** What happens to the open browser of an instance. @throws Error, each of them, when none is open. */
export interface SimulatedBrowser {
  /** The page's process dies; the browser lives. */
  crash(): void;
  /** The page's main thread does not answer any more. */
  hang(): void;
  closePage(): void;
  /** kill -9 of the browser. */
  exit(): void;
  setSocketState(state: SocketState): void;
  /** The self-test runs again, as after doubts. */
  testPage(): void;
  /** The code that is shown is the last one. */
  stopCodes(): void;
  /** The acknowledgements that were withheld come now. */
  releaseAcks(): void;
  /** An event out of nowhere: early, twice, or wrong. */
  say(event: DriverEvent): void;
  /** The same, said with the voice of the generation before, which is closed. */
  sayAsGenerationBefore(event: DriverEvent): void;
}

export class SimulatedWhatsApp {
  readonly #accounts = new Map<string, SimulatedAccount>();
  /** Profiles that people have already, by path. */
  readonly #foreignProfiles = new Map<string, { inUse: boolean }>();
  readonly #injectFault: FaultInjector | undefined;
  #messages = 0;
  #clock: Pick<Clock, 'now'> = systemClock;

  constructor(options: SimulatedWhatsAppOptions = {}) {
    this.#injectFault = options.injectFault;
  }

  /** The account behind an instance; it exists as soon as somebody asks. */
  account(id: string): SimulatedAccount {
    let account = this.#accounts.get(id);
    if (!account) {
      account = new SimulatedAccount(id);
      this.#accounts.set(id, account);
    }
    return account;
  }

  /** Faults of the calls to come. */
  faults(id: string): FaultScript {
    return this.account(id).faults;
  }

  takeFault<K extends FaultKind>(kind: K, id: string): SimulatedFaults[K] | undefined {
    return this.account(id).script?.take(kind) ?? this.#injectFault?.(kind, id);
  }

  /** As if it had been scanned long ago. */
  pair(id: string): void {
    this.account(id).link();
  }
  /** The same with the phone of this number. */
  pairAs(id: string, number: string): void {
    this.account(id).link(number);
  }
  isPaired(id: string): boolean {
    return this.account(id).isPaired;
  }

  /** From now on a link of this account needs a passkey; `null`: a scan is enough again. */
  requirePasskey(id: string, rules: SimulatedPasskeyRules | null = {}): void {
    this.account(id).passkeyRules = rules ?? undefined;
  }

  /** Messages at WhatsApp's server, each once, in the order of arrival. */
  deliveries(id: string): readonly SimulatedDelivery[] {
    return this.account(id).deliveries;
  }
  /** Everything that arrived at the server, repetitions too. */
  frames(id: string): readonly SimulatedDelivery[] {
    return this.account(id).frames;
  }
  /** What the account has reacted with, by message id. */
  reactions(id: string): ReadonlyMap<string, string> {
    return new Map(this.account(id).reactions);
  }
  /** Chats that were marked as read, as often as that was asked for, oldest first. */
  readChats(id: string): readonly string[] {
    return [...this.account(id).readChats];
  }
  /** Every opening of a browser, oldest first. */
  openings(id: string): readonly SimulatedOpening[] {
    return this.account(id).openings;
  }
  /**
   * Forgets deliveries, frames and openings, so that a test that runs for long can count them in parts. A message that
   * is sent again under its key after that is delivered again.
   */
  forgetRecords(id: string): void {
    this.account(id).forgetRecords();
  }

  /** As when somebody clears all chats on the phone: nothing of before can be fetched, quoted or reacted to. */
  clearChats(id: string): void {
    this.account(id).clearChats();
  }
  /** How often a second browser was asked for on a profile that one held. */
  collisions(id: string): number {
    return this.account(id).collisions;
  }
  /** The generation whose browser is open, or null. */
  openGeneration(id: string): number | null {
    return this.account(id).page?.generation ?? null;
  }
  /** How many browsers run. */
  get browsers(): number {
    let count = 0;
    for (const account of this.#accounts.values()) if (account.page) count++;
    return count;
  }

  /** The page's memory of what it sent, which a real restored page has been seen to lose. */
  forgetHistory(id: string): void {
    this.account(id).forgetHistory();
  }

  /** WhatsApp changes its page for this account: the next self-test misses these. Nothing, to give everything back. */
  changePage(id: string, lacking: Iterable<PageCapability> = []): void {
    this.account(id).lacking = new Set(lacking);
  }

  /** WhatsApp restricts the account, or lets it do everything again; its open page says so. */
  restrict(id: string, restriction: AccountRestriction | null): void {
    const account = this.account(id);
    account.restriction = restriction;
    if (account.page?.isReady) account.page.say({ type: 'timelock', restriction });
  }

  /** Puts a paired profile of somebody's own making at a path, for `adopt`. */
  leaveProfile(path: string, profile: { readonly inUse?: boolean } = {}): void {
    this.#foreignProfiles.set(path, { inUse: profile.inUse ?? false });
  }
  foreignProfile(path: string): { readonly inUse: boolean } | undefined {
    return this.#foreignProfiles.get(path);
  }

  phone(id: string): SimulatedPhone {
    return simulatedPhone({
      account: this.account(id),
      now: () => this.now(),
      newKey: () => `3EB0${String(++this.#messages).padStart(16, '0')}`,
    });
  }

  /** WhatsApp's clock is that of the driver over it. */
  keepTime(clock: Pick<Clock, 'now'>): void {
    this.#clock = clock;
  }
  now(): number {
    return this.#clock.now();
  }

  /** The page is ready: what it has missed is in its history, and is told only where the fault says so. */
  welcomeBack(id: string): void {
    const account = this.account(id);
    account.welcomeBack(this.takeFault('offline', id) === 'told');
    const { restriction } = account;
    if (restriction !== undefined) account.page?.say({ type: 'timelock', restriction });
  }

  browser(id: string): SimulatedBrowser {
    const page = (): OpenPage => {
      const open = this.account(id).page;
      if (!open) throw new Error(`Instance "${id}" has no browser open.`);
      return open;
    };
    return {
      crash: () => page().crash(),
      hang: () => page().hang(),
      closePage: () => page().closePage(),
      exit: () => page().exitBrowser(),
      setSocketState: (state) => page().setSocketState(state),
      testPage: () => page().sayTested(),
      stopCodes: () => page().stopCodes(),
      releaseAcks: () => page().releaseAcks(),
      say: (event) => page().say(event),
      sayAsGenerationBefore: (event) => page().sayAsGenerationBefore(event),
    };
  }
}
