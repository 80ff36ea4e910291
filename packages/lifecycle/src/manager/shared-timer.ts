/** SharedTimer: one timer of the clock for any number of waits, since a timer each costs an instance more than all it waits for. */
import type { Clock } from '../ports/clock.js';

export class SharedTimer<Key> {
  readonly #clock: Clock;
  readonly #run: (key: Key) => void;
  /** When each is due, epoch milliseconds. */
  readonly #due = new Map<Key, number>();
  #timer: unknown = null;
  /** When the timer ends. */
  #armedFor = Number.POSITIVE_INFINITY;

  /** @param run called with each key once it is due; must not throw */
  constructor(clock: Clock, run: (key: Key) => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** In place of what was set for the key before. */
  set(key: Key, at: number): void {
    this.#due.set(key, at);
    if (at < this.#armedFor) this.#arm(at);
  }

  clear(key: Key): void {
    this.#due.delete(key);
    if (this.#due.size === 0) this.#arm(Number.POSITIVE_INFINITY);
  }

  #arm(at: number): void {
    this.#clock.clearTimeout(this.#timer);
    this.#armedFor = at;
    this.#timer =
      at === Number.POSITIVE_INFINITY
        ? null
        : this.#clock.setTimeout(() => this.#fire(), Math.max(0, at - this.#clock.now()));
  }

  #fire(): void {
    const now = this.#clock.now();
    const due = [...this.#due].filter(([, at]) => at <= now).map(([key]) => key);
    for (const key of due) this.#due.delete(key);
    let next = Number.POSITIVE_INFINITY;
    for (const at of this.#due.values()) next = Math.min(next, at);
    this.#arm(next);
    for (const key of due) this.#run(key);
  }
}
