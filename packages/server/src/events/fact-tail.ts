/**
 * FactTail: the newest facts in the order of their numbers, whatever the order in which they are told. One for all
 * readers. A fact that comes early waits for those before it; what nobody tells is read from the store.
 */
import {
  backoffCeiling,
  type Clock,
  type Fact,
  type FactStore,
  type InstanceManager,
  type Log,
  messageOf,
} from '@wakeeper/lifecycle';

export interface FactTailDeps {
  readonly facts: Pick<FactStore, 'list' | 'lastNumber'>;
  readonly manager: Pick<InstanceManager, 'subscribe'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Commits that end in the same moment are told in any order; a hole that lasts longer is read. */
const HOLE_MS = 50;
const PAGE = 500;
/** Beyond it what comes early is not kept, but read later. */
const MOST_EARLY = 10_000;

export class FactTail {
  readonly #deps: FactTailDeps;
  readonly #listeners = new Set<(fact: Fact) => void>();
  readonly #early = new Map<number, Fact>();
  readonly #unsubscribe: () => void;
  #head = Number.POSITIVE_INFINITY;
  #filling: unknown = null;
  #failures = 0;
  #hasMissed = false;
  #isClosed = false;

  /** Listens first and asks for the head afterwards, so that nothing falls between. @throws LifecycleError STORE_UNAVAILABLE */
  static async open(deps: FactTailDeps): Promise<FactTail> {
    const tail = new FactTail(deps);
    try {
      tail.#begin(await deps.facts.lastNumber());
      return tail;
    } catch (error) {
      tail.close();
      throw error;
    }
  }

  private constructor(deps: FactTailDeps) {
    this.#deps = deps;
    this.#unsubscribe = deps.manager.subscribe((fact) => this.#hear(fact));
  }

  /** Listeners have heard all facts up to this number. */
  get head(): number {
    return this.#head;
  }

  /** Hears every fact after `head`, in order. Returns what ends that. */
  listen(listener: (fact: Fact) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#deps.clock.clearTimeout(this.#filling);
    this.#early.clear();
    this.#listeners.clear();
  }

  #begin(head: number): void {
    this.#head = head;
    for (const number of this.#early.keys()) if (number <= head) this.#early.delete(number);
    this.#settle();
  }

  #hear(fact: Fact): void {
    // Before the beginning every number is below the head, and waits.
    if (Number.isFinite(this.#head) && fact.number <= this.#head) return;
    if (this.#early.size < MOST_EARLY) this.#early.set(fact.number, fact);
    else this.#hasMissed = true;
    if (Number.isFinite(this.#head)) this.#settle();
  }

  #settle(): void {
    for (let next = this.#early.get(this.#head + 1); next; next = this.#early.get(this.#head + 1))
      this.#tell(next);
    if (this.#early.size > 0 && this.#filling === null) this.#fillAfter(HOLE_MS);
  }

  #tell(fact: Fact): void {
    this.#early.delete(fact.number);
    this.#head = fact.number;
    for (const listener of this.#listeners) listener(fact);
  }

  #fillAfter(ms: number): void {
    this.#filling = this.#deps.clock.setTimeout(() => void this.#fillNow(), ms);
  }

  /** Never rejects. */
  async #fillNow(): Promise<void> {
    let retryInMs = 0;
    try {
      await this.#fill();
      this.#failures = 0;
    } catch (error) {
      retryInMs = Math.max(1, backoffCeiling(this.#failures++, 250, 10_000));
      this.#deps.log.error({ error: messageOf(error), retryInMs }, 'facts could not be read for events');
    }
    this.#filling = null;
    if (this.#isClosed) return;
    if (retryInMs > 0) this.#fillAfter(retryInMs);
    else this.#settle();
  }

  /** What is missing is in the store, or was removed from it. */
  async #fill(): Promise<void> {
    for (;;) {
      this.#hasMissed = false;
      const told = Math.max(0, ...this.#early.keys());
      const read = await this.#deps.facts.list({ after: this.#head, limit: PAGE });
      if (this.#isClosed) return;
      for (const fact of read) if (fact.number > this.#head) this.#early.set(fact.number, fact);
      const last = read.at(-1)?.number ?? 0;
      const known = read.length < PAGE ? Math.max(last, told) : last;
      const due = [...this.#early.values()].filter(({ number }) => number <= known);
      for (const fact of due.toSorted((a, b) => a.number - b.number)) this.#tell(fact);
      if (read.length < PAGE && !this.#hasMissed) return;
    }
  }
}
