/**
 * AccountGate: stands between a page that is ready and the queue that sends. It lets the queue begin once all that waits
 * for another account than the page's is held.
 */
import { accountKey } from '../domain/account.js';
import { type Bell, QueueClosed } from './bell.js';
import { holdForeign, type Pairing } from './held-items.js';
import type { Ledger } from './ledger.js';
import type { Pump } from './pump.js';

export class AccountGate {
  readonly #ledger: Ledger;
  readonly #pump: Pump;
  readonly #bell: Bell;
  /** The generation that waits here, and null when none does. */
  #waiting: { readonly generation: number } | null = null;
  /** The account whose items alone are in line. */
  #settledFor: string | null = null;
  /** One after another, so that none holds what the next one lets through. */
  #settling: Promise<void> | null = null;

  constructor(ledger: Ledger, pump: Pump, bell: Bell) {
    this.#ledger = ledger;
    this.#pump = pump;
    this.#bell = bell;
  }

  /** Whether the queue may begin at once with this account. */
  isOpenFor({ account }: Pairing): boolean {
    const key = accountKey(account);
    if (this.#ledger.depth > 0 && this.#settledFor !== key) return false;
    this.#settledFor = key;
    return true;
  }

  /** @param begin called when all is held, unless the generation has ended before */
  wait(generation: number, pairing: Pairing, begin: () => void): void {
    const waiting = { generation };
    this.#waiting = waiting;
    const isWanted = () => this.#waiting === waiting;
    const settling = (this.#settling ?? Promise.resolve()).then(async () => {
      if (!(await this.#settle(pairing, isWanted)) || !isWanted()) return;
      this.#waiting = null;
      this.#settledFor = accountKey(pairing.account);
      begin();
    });
    this.#settling = settling;
    void settling.finally(() => {
      if (this.#settling === settling) this.#settling = null;
    });
  }

  /** Generations up to this one, all by default, are ready no more: what waits here does not begin. */
  leave(upTo = Number.POSITIVE_INFINITY): void {
    if (this.#waiting && this.#waiting.generation <= upTo) this.#waiting = null;
  }

  /** False when it was given up. Never rejects. */
  async #settle(pairing: Pairing, goesOn: () => boolean): Promise<boolean> {
    if (!goesOn() || this.#bell.isClosed) return false;
    try {
      await this.#pump.disown(pairing);
      return await this.#ledger.insist(() => holdForeign(this.#ledger, pairing, goesOn));
    } catch (error) {
      if (!(error instanceof QueueClosed)) this.#ledger.report(error);
      return false;
    }
  }
}
