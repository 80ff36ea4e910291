/**
 * A load of one request over keep-alive connections, each of which asks again when it is answered. Plain sockets, so that
 * the server and not this is what is busy. It never sleeps while it waits: a socket's reader that sleeps is woken by whoever
 * writes, and on a virtual machine that costs the server about as much as the rest of an answer. The quicker server of
 * two would pay less of it, since its load has less time to fall asleep.
 */
import { connect, type Socket } from 'node:net';

export const CONNECTIONS = 32;
const END_OF_HEAD = '\r\n\r\n';
/** Longer than any answer under this load. */
const SILENCE_MS = 30_000;

/** @throws Error for an answer without content-length: the length of any other is not known here */
function lengthOf(head: string): number {
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without content-length: ${head}`);
  return Number(length);
}

/** What is asked, again and again. */
export interface Question {
  /** The same for all connections, or one for each. */
  readonly path: string | ((connection: number) => string);
  /** JSON to post; a GET without. */
  readonly post?: string;
  /** The status of every answer; 200 by default. */
  readonly status?: number;
}

function requestOf({ path: asked, post }: Question, port: number, connection: number): string {
  const path = typeof asked === 'string' ? asked : asked(connection);
  const head = `${post === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n`;
  if (post === undefined) return `${head}\r\n`;
  return `${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(post)}\r\n\r\n${post}`;
}

/** Answers that a connection takes until told to end. */
class Asker {
  private readonly socket: Socket;
  private readonly request: string;
  private readonly status: string;
  private readonly answered: () => boolean;
  private received = '';
  readonly ended: Promise<void>;

  /** @param answered called at every answer; false ends the connection */
  constructor(port: number, question: Question, connection: number, answered: () => boolean) {
    this.request = requestOf(question, port, connection);
    this.status = `HTTP/1.1 ${question.status ?? 200} `;
    this.answered = answered;
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.ended = new Promise((resolve, reject) => {
      this.socket.once('error', reject);
      this.socket.setTimeout(SILENCE_MS, () =>
        this.socket.destroy(new Error(`no answer from port ${port} within ${SILENCE_MS} ms`)),
      );
      this.socket.once('close', resolve);
      this.socket.setEncoding('latin1').on('data', (text: string) => {
        try {
          this.take(text);
        } catch (error) {
          reject(error);
          this.socket.destroy();
        }
      });
    });
    this.socket.write(this.request);
  }

  private take(text: string): void {
    this.received += text;
    const end = this.received.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const whole = end + END_OF_HEAD.length + lengthOf(this.received.slice(0, end));
    if (this.received.length < whole) return;
    if (!this.received.startsWith(this.status)) throw new Error(this.received.slice(0, whole));
    this.received = this.received.slice(whole);
    if (this.answered()) this.socket.write(this.request);
    else this.socket.destroy();
  }
}

/** Answers a second, after a warm-up of a quarter of the time. */
export async function answersPerSecond(
  port: number,
  asked: string | Question,
  forMs: number,
): Promise<number> {
  const question = typeof asked === 'string' ? { path: asked } : asked;
  const from = performance.now() + forMs / 4;
  const until = from + forMs;
  let answers = 0;
  const answered = (): boolean => {
    const now = performance.now();
    if (now >= from && now < until) answers += 1;
    return now < until;
  };
  const stayAwake = (): void => {
    if (performance.now() < until) setImmediate(stayAwake);
  };
  stayAwake();
  const askers = Array.from(
    { length: CONNECTIONS },
    (_, connection) => new Asker(port, question, connection, answered),
  );
  await Promise.all(askers.map(({ ended }) => ended));
  return (answers * 1000) / forMs;
}
