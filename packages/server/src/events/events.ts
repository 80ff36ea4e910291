/** Events: all that read along. It counts them, keeps them awake, and ends them. */
import {
  type Clock,
  type InstanceManager,
  LifecycleError,
  type Log,
  type Store,
  systemClock,
} from '@wakeeper/lifecycle';
import { Problem, retryAfter } from '../http/problem.js';
import { type EventFilter, EventReader } from './event-reader.js';
import { FactTail } from './fact-tail.js';
import { type Feed, LiveStream } from './live-stream.js';

export interface EventsOptions {
  /** The one that the manager has. */
  readonly store: Pick<Store, 'facts'>;
  readonly manager: InstanceManager;
  readonly log: Log;
  readonly clock?: Clock;
  /** Time between two heartbeats; 15000 by default, since proxies give up silent connections after 30 s or 60 s. */
  readonly heartbeatMs?: number;
  /** Readers at a time; 200 by default. */
  readonly maxReaders?: number;
  /** What may wait for one reader before it is cut off; 1 MiB by default. */
  readonly maxBufferBytes?: number;
}

/** Ends the connection of a reader at once; null where only the stream itself can be broken. */
export type Disconnect = (() => void) | null;

const RETRY_FULL_MS = 10_000;
const MIB = 1024 * 1024;

export class Events {
  readonly clock: Clock;
  readonly #options: Required<EventsOptions>;
  readonly #tail: FactTail;
  readonly #streams = new Set<LiveStream>();
  #beat: unknown = null;
  #isClosed = false;

  /** Over a manager that is open. @throws LifecycleError STORE_UNAVAILABLE */
  static async open(options: EventsOptions): Promise<Events> {
    const { store, manager, log, clock = systemClock } = options;
    return new Events(options, clock, await FactTail.open({ facts: store.facts, manager, clock, log }));
  }

  private constructor(options: EventsOptions, clock: Clock, tail: FactTail) {
    const { heartbeatMs = 15_000, maxReaders = 200, maxBufferBytes = MIB } = options;
    this.#options = { ...options, clock, heartbeatMs, maxReaders, maxBufferBytes };
    this.clock = clock;
    this.#tail = tail;
  }

  /** Streams that are open now. */
  get readers(): number {
    return this.#streams.size;
  }

  /**
   * The facts that the filter wants as server-sent events, after a number or from now on.
   * @throws Problem TOO_MANY_READERS; LifecycleError SHUTTING_DOWN
   */
  read(filter: EventFilter, after: number | null, disconnect: Disconnect): ReadableStream<Uint8Array> {
    const { facts } = this.#options.store;
    const deps = { facts, tail: this.#tail, clock: this.clock };
    return this.stream((stream) => new EventReader(deps, stream, filter, after), disconnect);
  }

  /** A stream of another feed, counted and kept awake like the others. @throws as `read` */
  stream(feed: (stream: LiveStream) => Feed, disconnect: Disconnect): ReadableStream<Uint8Array> {
    const { maxReaders, maxBufferBytes, log } = this.#options;
    if (this.#isClosed)
      throw new LifecycleError('SHUTTING_DOWN', { message: 'The server is shutting down.' });
    if (this.#streams.size >= maxReaders)
      throw new Problem('TOO_MANY_READERS', {
        detail: `${maxReaders} readers follow already (EVENTS_MAX_READERS). Close one, or come back later.`,
        headers: retryAfter(RETRY_FULL_MS),
      });
    const stream = new LiveStream({
      maxBufferBytes,
      disconnect,
      ended: (whyCut) => {
        this.#streams.delete(stream);
        if (this.#streams.size === 0) this.#stopBeating();
        if (whyCut !== null) log.warn({ reason: whyCut }, 'a reader of events was cut off');
      },
    });
    stream.serve(feed(stream));
    this.#streams.add(stream);
    if (this.#beat === null) this.#beatLater();
    return stream.body;
  }

  /** Every stream gets its end, and nobody new is let in. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams) stream.end();
    this.#stopBeating();
    this.#tail.close();
  }

  #beatLater(): void {
    this.#beat = this.clock.setTimeout(() => {
      for (const stream of this.#streams) stream.beat();
      if (this.#streams.size > 0) this.#beatLater();
    }, this.#options.heartbeatMs);
  }

  #stopBeating(): void {
    this.clock.clearTimeout(this.#beat);
    this.#beat = null;
  }
}
