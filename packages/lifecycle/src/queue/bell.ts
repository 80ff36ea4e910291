/**
 * Bell: rung whenever something is heard that may end a wait of the queue. Each wait looks whether its own condition
 * holds; so no wait polls, and what was heard before a wait began is not missed.
 */
import type { Clock } from '../ports/clock.js';

/** Thrown out of every wait when the queue is closed: whatever was under way stays as the store has it. */
export class QueueClosed extends Error {
  override readonly name = 'QueueClosed';
}

interface Wait {
  readonly done: () => boolean;
  readonly end: (error?: QueueClosed) => void;
}

export class Bell {
  readonly #clock: Clock;
  #waits: Wait[] | null = null;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /**
   * Waits until the condition holds, at most `ms` where given, and tells whether it holds.
   * @throws QueueClosed
   */
  until(done: () => boolean, ms?: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new QueueClosed());
      const holds = done();
      if (holds || (ms !== undefined && ms <= 0)) return resolve(holds);
      let timer: unknown = null;
      const wait: Wait = {
        done,
        end: (error) => {
          if (timer !== null) this.#clock.clearTimeout(timer);
          this.#waits = this.#waits?.filter((other) => other !== wait) ?? null;
          if (this.#waits?.length === 0) this.#waits = null;
          if (error) reject(error);
          else resolve(done());
        },
      };
      if (ms !== undefined) timer = this.#clock.setTimeout(() => wait.end(), ms);
      this.#waits = [...(this.#waits ?? []), wait];
    });
  }

  ring(): void {
    for (const wait of this.#waits ?? []) if (wait.done()) wait.end();
  }

  close(): void {
    this.#closed = true;
    for (const wait of this.#waits ?? []) wait.end(new QueueClosed());
  }
}
