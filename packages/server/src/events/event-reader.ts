/**
 * EventReader: one reader of the stream of facts. What it has missed is read from the store, a page at a time and only
 * while it takes it; once nothing is missing, it hears the tail.
 */
import { type Clock, type Fact, type FactStore, wantsFact } from '@wakeeper/lifecycle';
import { factFrame, heartbeatFrame, openingFrame, streamFrame } from './event-frame.js';
import type { FactTail } from './fact-tail.js';
import type { Feed, LiveStream } from './live-stream.js';

export interface EventFilter {
  /** Types, `noun.*` or `*`. */
  readonly events: readonly string[];
  /** Null for all, and for facts about the node. */
  readonly instances: readonly string[] | null;
}

export interface EventReaderDeps {
  readonly facts: Pick<FactStore, 'list' | 'lastNumber'>;
  readonly tail: FactTail;
  readonly clock: Clock;
}

/** Facts of a page. They wait as they are, and are written as there is room. */
const PAGE = 100;
interface ReplayPage {
  readonly facts: Iterator<Fact>;
  /** The tail when the page was asked for, where the page is the last one. */
  readonly end: number | null;
}

export class EventReader implements Feed {
  readonly #deps: EventReaderDeps;
  readonly #stream: LiveStream;
  readonly #filter: EventFilter;
  readonly #asked: number | null;
  /** Everything up to this number was told, or was not wanted. */
  #cursor: number;
  /** The last number that the reader knows of. */
  #known: number;
  #hasBegun = false;
  #page: ReplayPage | null = null;
  #unlisten: (() => void) | null = null;

  /** @param after the last number that the reader has; null to begin with what comes now */
  constructor(deps: EventReaderDeps, stream: LiveStream, filter: EventFilter, after: number | null) {
    this.#deps = deps;
    this.#stream = stream;
    this.#filter = filter;
    this.#asked = after;
    this.#cursor = after ?? deps.tail.head;
    this.#known = this.#cursor;
  }

  async pull(): Promise<void> {
    if (!this.#hasBegun) await this.#begin();
    while (!this.#unlisten && this.#stream.hasRoom) await this.#replay();
  }

  heartbeat(): Uint8Array {
    // What was not wanted moves the place too, so that a quiet filter does not come back to what is forgotten.
    const moved = this.#cursor > this.#known;
    this.#known = this.#cursor;
    return heartbeatFrame(moved ? this.#cursor : null);
  }

  ended(): void {
    this.#unlisten?.();
    this.#page = null;
  }

  async #begin(): Promise<void> {
    this.#hasBegun = true;
    this.#stream.write(openingFrame(this.#asked === null ? this.#cursor : null));
    const { tail, facts } = this.#deps;
    if (this.#cursor <= tail.head || this.#cursor <= (await facts.lastNumber())) return;
    const message = `There is no event ${this.#cursor} yet: its number is of another store. All that is kept follows.`;
    this.#cursor = 0;
    this.#gap({ reason: 'unknown', from: null, to: null, message });
  }

  async #replay(): Promise<void> {
    const { tail } = this.#deps;
    this.#page ??= await this.#nextPage();
    const { facts, end } = this.#page;
    while (this.#stream.hasRoom) {
      const { value: fact, done } = facts.next();
      if (!done) {
        this.#tell(fact);
        continue;
      }
      this.#page = null;
      if (end === null) return;
      if (this.#cursor < end) this.#forgotten(end);
      if (tail.head <= this.#cursor) this.#unlisten = tail.listen((heard) => this.#tell(heard));
      return;
    }
  }

  /** Of all facts and not of those of the filter: a number that is missing here is gone. */
  async #nextPage(): Promise<ReplayPage> {
    const { head } = this.#deps.tail;
    const facts = await this.#deps.facts.list({ after: this.#cursor, limit: PAGE });
    return { facts: facts.values(), end: facts.length < PAGE ? head : null };
  }

  #tell(fact: Fact): void {
    if (fact.number <= this.#cursor) return;
    if (fact.number > this.#cursor + 1) this.#forgotten(fact.number - 1);
    this.#cursor = fact.number;
    if (!wantsFact(this.#filter, fact)) return;
    this.#known = fact.number;
    this.#write(factFrame(fact));
  }

  #forgotten(to: number): void {
    const from = this.#cursor + 1;
    this.#cursor = to;
    this.#gap({ reason: 'forgotten', from, to, message: `Events ${from} to ${to} are not kept any more.` });
  }

  #gap(data: object): void {
    this.#known = this.#cursor;
    this.#write(streamFrame('gap', this.#deps.clock.now(), data, this.#cursor));
  }

  #write(frame: Uint8Array): void {
    if (this.#unlisten) this.#stream.push(frame);
    else this.#stream.write(frame);
  }
}
