import type { WebSocket } from 'ws';
import type { PageFrame, ServerFrame, SocketState } from './wire.js';

/** One page's WebSocket, seen from the server. */
export class PageConnection {
  readonly number: number;
  readonly #socket: WebSocket;
  phone: string | undefined;
  device: string | undefined;
  state: SocketState = 'UNLAUNCHED';
  synced = false;
  /** It has kept the credentials that a scan gave it. */
  isPaired = false;
  /** The number of the last faults that the page confirmed. */
  knownFaults = 0;
  /** The number of the last command that it was about to obey. */
  obeyed = 0;
  /** It was told to hang for ever, and will answer nothing. */
  hangs = false;
  /** What it introduced itself with, while the server pretends not to hear. */
  unanswered: PageFrame | undefined;

  constructor(number: number, socket: WebSocket, hear: (page: PageConnection, frame: PageFrame) => void) {
    this.number = number;
    this.#socket = socket;
    socket.on('message', (data) => hear(this, JSON.parse(String(data)) as PageFrame));
    // A browser that is killed resets its connections; 'close' follows and says all there is to say.
    socket.on('error', () => {});
  }

  onClose(listener: () => void): void {
    this.#socket.on('close', listener);
  }

  send(frame: ServerFrame): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  get dropped(): boolean {
    return this.#socket.readyState !== this.#socket.OPEN;
  }

  drop(): void {
    this.#socket.terminate();
  }
}
