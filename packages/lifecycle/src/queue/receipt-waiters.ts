/** Callers of send who wait for the outcome of their item, by its id. */
import type { QueueItem } from '../domain/message.js';
import type { Clock } from '../ports/clock.js';

export class ReceiptWaiters {
  readonly #clock: Clock;
  /** Null while nobody waits: most queues are idle. */
  #waiting: Map<string, (item: QueueItem | null) => void> | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with the item when its outcome is known, or with null when the time is over or nothing will come. */
  expect(id: string, ms: number): Promise<QueueItem | null> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => this.#end(id, null), ms);
      this.#waiting ??= new Map();
      this.#waiting.set(id, (item) => {
        this.#clock.clearTimeout(timer);
        resolve(item);
      });
    });
  }

  tell(item: QueueItem): void {
    this.#end(item.id, item);
  }

  forget(id: string): void {
    this.#end(id, null);
  }

  /** Ends every wait but that for the item in flight. */
  endAll(exceptId?: string): void {
    for (const id of [...(this.#waiting?.keys() ?? [])]) if (id !== exceptId) this.#end(id, null);
  }

  #end(id: string, item: QueueItem | null): void {
    const end = this.#waiting?.get(id);
    if (!end) return;
    this.#waiting?.delete(id);
    if (this.#waiting?.size === 0) this.#waiting = null;
    end(item);
  }
}
