import { Emitter } from './emitter.js';

const RETRY_MS = [100, 200, 400, 800, 1500];

/**
 * The page's WebSocket to WhatsApp. Triggers `opened`, `closed` and `frame:<type>`; connects again by itself until told to
 * stop. Requests carry a number and are answered by a `reply` frame.
 */
class Connection extends Emitter {
  #socket = null;
  #wanted = false;
  #failures = 0;
  #requests = new Map();
  #lastRequest = 0;

  open() {
    this.#wanted = true;
    const socket = new WebSocket(`wss://${location.host}/ws`);
    this.#socket = socket;
    socket.onopen = () => socket === this.#socket && this.trigger('opened');
    socket.onmessage = (event) => socket === this.#socket && this.#hear(JSON.parse(event.data));
    socket.onclose = () => this.#lose(socket);
  }

  /** Ends this connection and starts the next at once: after pairing, and for the library's resetState(). */
  reopen() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.open();
  }

  stop() {
    this.#wanted = false;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  request(frame) {
    return new Promise((resolve, reject) => {
      this.#lastRequest += 1;
      this.#requests.set(this.#lastRequest, { resolve, reject });
      if (!this.send({ ...frame, n: this.#lastRequest })) this.#failRequests();
    });
  }

  #hear(frame) {
    this.#failures = 0;
    if (frame.t !== 'reply') return this.trigger(`frame:${frame.t}`, frame);
    const request = this.#requests.get(frame.n);
    this.#requests.delete(frame.n);
    if (frame.error)
      request?.reject(Object.assign(new Error(frame.error), { name: 'ServerStatusCodeError' }));
    else request?.resolve(frame.result);
  }

  #lose(socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#failRequests();
    this.trigger('closed');
    if (!this.#wanted) return;
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures += 1;
    setTimeout(() => this.#wanted && !this.#socket && this.open(), wait);
  }

  #failRequests() {
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    for (const { reject } of requests) reject(new Error('the connection to WhatsApp was lost'));
  }
}

export const connection = new Connection();
