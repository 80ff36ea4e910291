/**
 * LaunchGate: at most so many browsers start at the same time. First come, first served; a permit belongs to an id. Who
 * gives up and asks again at once, as a wait that has a deadline does, keeps the place in the line.
 */

interface Waiter {
  readonly id: string;
  /** Null when it has given up: the place is kept for this turn. */
  grant: (() => void) | null;
}

export class LaunchGate {
  private readonly holders = new Set<string>();
  private readonly line: Waiter[] = [];
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  get launching(): number {
    return this.holders.size;
  }
  get waiting(): number {
    return this.line.filter(({ grant }) => grant !== null).length;
  }

  /** Resolves with the permit; rejects with the signal's reason when that is aborted first. */
  acquire(id: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiter.grant = null;
        queueMicrotask(() => {
          const place = this.line.indexOf(waiter);
          if (place >= 0) this.line.splice(place, 1);
        });
        reject(signal.reason);
      };
      const waiter: Waiter = {
        id,
        grant: () => {
          signal.removeEventListener('abort', leave);
          this.holders.add(id);
          resolve();
          // Aborted between the grant and its arrival: nobody would give the permit back.
          queueMicrotask(() => {
            if (signal.aborted) this.release(id);
          });
        },
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      const kept = this.line.findIndex((one) => one.id === id && one.grant === null);
      if (kept < 0) this.line.push(waiter);
      else this.line[kept] = waiter;
      this.admit();
    });
  }

  /** Idempotent: an id without a permit gives nothing back. */
  release(id: string): void {
    if (this.holders.delete(id)) this.admit();
  }

  private admit(): void {
    while (this.holders.size < this.max) {
      // One permit an id: a second request waits until the first has been given back.
      const place = this.line.findIndex(({ id, grant }) => grant !== null && !this.holders.has(id));
      if (place < 0) return;
      this.line.splice(place, 1)[0]?.grant?.();
    }
  }
}
