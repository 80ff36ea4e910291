/**
 * OldestItem: since when the oldest open item of a queue waits, for whoever watches over queues. The queue itself tells
 * when it sees its head; where it has not, somebody who asks sets off a look into the store, and the next one to ask knows.
 */
export class OldestItem {
  readonly #look: () => Promise<number | null>;
  #at: number | null = null;
  /** A look that began before the last change says nothing. */
  #changes = 0;
  #looking = false;

  constructor(look: () => Promise<number | null>) {
    this.#look = look;
  }

  /** Epoch milliseconds; null while it is not known. */
  get at(): number | null {
    if (this.#at === null && !this.#looking) void this.#lookUp();
    return this.#at;
  }

  isAt(at: number): void {
    this.#changes += 1;
    this.#at = at;
  }

  mayHaveChanged(): void {
    this.#changes += 1;
    this.#at = null;
  }

  async #lookUp(): Promise<void> {
    const seen = this.#changes;
    this.#looking = true;
    try {
      const at = await this.#look();
      if (seen === this.#changes) this.#at = at;
    } catch {
      // The store is away, of which the queue tells by itself; whoever asks next sets off another look.
    } finally {
      this.#looking = false;
    }
  }
}
