/**
 * When a page is tested again while it works. A self-test sees what a page has, and not all that it does: so three doubts
 * within ten minutes ask for another one, and so does a message that works although the last test called the page unfit.
 */

export interface CanaryOptions {
  /** Milliseconds, of any clock. */
  readonly now: () => number;
  /** Tests the page again, if it can be tested now. Called until it has been, at most once in ten minutes. */
  readonly test: () => boolean;
}

const WINDOW_MS = 10 * 60_000;
const ENOUGH = 3;

export class PageCanary {
  readonly #options: CanaryOptions;
  #doubts: readonly number[] = [];
  #testedAt: number | undefined;

  constructor(options: CanaryOptions) {
    this.#options = options;
  }

  doubt(): void {
    const now = this.#options.now();
    this.#doubts = [...this.#doubts, now].filter((at) => now - at < WINDOW_MS).slice(-ENOUGH);
    if (this.#doubts.length >= ENOUGH) this.#testAgain(now);
  }

  /** Something works that the last test did not find fit to. */
  contradicted(): void {
    this.#testAgain(this.#options.now());
  }

  #testAgain(now: number): void {
    if (this.#testedAt !== undefined && now - this.#testedAt < WINDOW_MS) return;
    if (!this.#options.test()) return;
    this.#testedAt = now;
    this.#doubts = [];
  }
}
