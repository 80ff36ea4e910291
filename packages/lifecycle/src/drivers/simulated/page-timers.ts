/** The timers of one page: what it means to do later, and does not when it has ended. */
import type { Clock } from '../../ports/clock.js';

export class PageTimers {
  readonly #clock: Clock;
  #timers: Set<unknown> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(ms: number, fn: () => void): void {
    const timers = this.#timers ?? new Set();
    this.#timers = timers;
    const timer = this.#clock.setTimeout(() => {
      timers.delete(timer);
      // An empty set costs as much as an idle page otherwise has.
      if (timers.size === 0 && this.#timers === timers) this.#timers = undefined;
      fn();
    }, ms);
    timers.add(timer);
  }

  stop(): void {
    for (const timer of this.#timers ?? []) this.#clock.clearTimeout(timer);
    this.#timers = undefined;
  }
}
