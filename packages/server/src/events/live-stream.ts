/**
 * LiveStream: the body of an answer that goes on. What its reader has not taken waits here up to a number of bytes; who
 * lets more gather, or takes nothing from one heartbeat to the next, is cut off.
 */
import { messageOf } from '@wakeeper/lifecycle';

/** What is written into a stream. */
export interface Feed {
  /** There is room: whoever has more to say says it. Not called twice at a time. */
  pull(): Promise<void>;
  /** What is written when nothing else may have been for a while; null for nothing. */
  heartbeat(): Uint8Array | null;
  /** The stream has ended, however it did: everything held for it is let go. Called once. */
  ended(): void;
}

export interface LiveStreamOptions {
  readonly maxBufferBytes: number;
  /** Ends the connection, with whatever waits in it. Where there is none the stream breaks. */
  readonly disconnect: (() => void) | null;
  /** Null for an end that was wanted by one of the two sides; else why the reader was cut off. */
  readonly ended: (whyCut: string | null) => void;
}

/** Room up to which a feed is asked for more. */
const ROOM_BYTES = 64 * 1024;

export class LiveStream {
  readonly #options: LiveStreamOptions;
  readonly body: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #feed: Feed | null = null;
  #written = 0;
  /** Bytes taken as of the last heartbeat, where some were left. */
  #takenBefore: number | null = null;
  #isOver = false;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#feed?.pull().catch((error: unknown) => this.cut(messageOf(error))),
        cancel: () => this.#over(null),
      },
      { highWaterMark: ROOM_BYTES, size: (chunk) => chunk.byteLength },
    );
  }

  /** Before the body is read. */
  serve(feed: Feed): void {
    this.#feed = feed;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get hasRoom(): boolean {
    return !this.#isOver && (this.#controller?.desiredSize ?? 0) > 0;
  }

  /** For who has asked for room: a frame of any size, however little may wait. */
  write(frame: Uint8Array): void {
    if (this.#isOver) return;
    this.#controller?.enqueue(frame);
    this.#written += frame.byteLength;
  }

  /** For what happens now, room or not. A frame that finds nothing before it may have any size. */
  push(frame: Uint8Array): void {
    const waiting = this.#waiting;
    if (waiting === 0 || waiting + frame.byteLength <= this.#options.maxBufferBytes) this.write(frame);
    else this.cut(`it has not read while ${waiting} bytes gathered`);
  }

  beat(): void {
    if (this.#isOver) return;
    const taken = this.#written - this.#waiting;
    if (this.#waiting > 0 && taken === this.#takenBefore) {
      this.cut('it has read nothing from one heartbeat to the next');
      return;
    }
    this.#takenBefore = this.#waiting > 0 ? taken : null;
    const frame = this.#feed?.heartbeat();
    if (frame) this.push(frame);
  }

  /** A proper end: the reader gets what is written, and then the end of the answer. */
  end(): void {
    if (this.#isOver) return;
    this.#controller?.close();
    this.#over(null);
  }

  /** Ends it with what waits in it: a reader that comes back is told from where it was. */
  cut(why: string): void {
    if (this.#isOver) return;
    this.#over(why);
    const { disconnect } = this.#options;
    if (disconnect) disconnect();
    else this.#controller?.error(new Error(`The reader was cut off: ${why}.`));
  }

  get #waiting(): number {
    return ROOM_BYTES - (this.#controller?.desiredSize ?? ROOM_BYTES);
  }

  #over(why: string | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#feed?.ended();
    this.#options.ended(why);
  }
}
