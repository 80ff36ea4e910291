/** Calls into a page that have not answered: each ends by its answer, by its deadline, or with the page. */
import type { Clock } from '../../ports/clock.js';

interface Call {
  readonly end: () => void;
  readonly timer: unknown;
}

export class PendingCalls {
  readonly #clock: Clock;
  readonly #calls = new Set<Call>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * `onDeadline` after `deadlineMs` (null: no deadline); `onEnd` when the page ends before. Neither after the returned function was called,
   * which says that the call has answered.
   */
  add(deadlineMs: number | null, onDeadline: () => void, onEnd: () => void): () => void {
    const expire = (): void => {
      if (this.#calls.delete(call)) onDeadline();
    };
    const timer = deadlineMs === null ? null : this.#clock.setTimeout(expire, deadlineMs);
    const call: Call = { timer, end: onEnd };
    this.#calls.add(call);
    return () => this.#forget(call);
  }

  /** The page is no more: nothing will answer. */
  end(): void {
    for (const call of [...this.#calls]) {
      this.#forget(call);
      call.end();
    }
  }

  /** The whole process is no more: nobody will even hear that nothing answers. */
  abandon(): void {
    for (const call of [...this.#calls]) this.#forget(call);
  }

  #forget(call: Call): void {
    if (call.timer !== null) this.#clock.clearTimeout(call.timer);
    this.#calls.delete(call);
  }
}
