/**
 * The near end of the store's thread: every request ends, by an answer, by its deadline or by the thread's death.
 *
 * A request that misses its deadline is given up together with all others that wait, and the thread, once it moves
 * again, skips them: what was rejected is not written. While a commit runs nothing is given up, since its verdict is
 * already made; if that takes longer than the commit's own deadline, the thread counts as dead. Only then, as after a
 * power cut, can a write turn up at the next opening that nobody was told of.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { type ErrorCode, LifecycleError, messageOf } from '../../domain/errors.js';
import { CommitGate } from './commit-gate.js';
import type {
  Answer,
  Fault,
  OperationArguments,
  OperationName,
  OperationResult,
  Request,
} from './sqlite-operations.js';
import { startThread } from './sqlite-thread.js';
import type { FromWorker, ToWorker } from './sqlite-worker.js';
import { WorkSwitch } from './work-switch.js';

export interface ChannelOptions {
  readonly path: string;
  readonly deadlineMs: number;
  readonly commitDeadlineMs: number;
}

interface Pending {
  askedAt: number;
  readonly resolve: (value: never) => void;
  readonly reject: (error: LifecycleError) => void;
}

/** So many requests in a message: the thread can begin with the first while the next is made, and answers come as early. */
const MESSAGE = 64;

const NOT_JSON: Fault = {
  code: 'INVALID_INPUT',
  message: 'What is to be stored is not plain JSON.',
  details: {},
};

/** How often the verdict of a commit that is late is looked for. */
const RECHECK_MS = 50;

/** A transaction takes milliseconds; one that takes longer hangs, and exiting must not. */
const EXIT_WAIT_MS = 2000;

export class SqliteChannel {
  /** Resolves with the epoch when the thread has opened the store. */
  readonly opened: Promise<number>;
  /** Resolves when the thread is given up before it was closed, or has been fenced off. */
  readonly lost: Promise<LifecycleError>;
  private readonly options: ChannelOptions;
  private readonly gate: CommitGate;
  private readonly workSwitch = new WorkSwitch();
  private readonly port: MessagePort;
  private readonly thread: Worker;
  private readonly exited: Promise<void>;
  /** By request id, oldest first. */
  private readonly pending = new Map<number, Pending>();
  private opening:
    | { readonly resolve: (epoch: number) => void; readonly reject: (error: LifecycleError) => void }
    | undefined;
  /** Asked in this turn, and not posted yet. */
  private readonly outbox: Request[] = [];
  private lose: (error: LifecycleError) => void = () => {};
  private lastId = 0;
  private timer: NodeJS.Timeout | undefined;
  private closing = false;
  private death: LifecycleError | undefined;

  constructor(options: ChannelOptions, gate = new CommitGate()) {
    this.options = options;
    this.gate = gate;
    this.opened = new Promise((resolve, reject) => {
      this.opening = { resolve, reject };
    });
    this.lost = new Promise((resolve) => {
      this.lose = resolve;
    });
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.thread = startThread(
      { path: options.path, gate: this.gate.shared, workSwitch: this.workSwitch.shared, port: port2 },
      port2,
    );
    this.port.on('message', (message: FromWorker) => this.hear(message));
    process.once('exit', this.letRest);
    this.exited = new Promise((resolve) => {
      this.thread.once('exit', () => {
        process.off('exit', this.letRest);
        resolve();
      });
    });
    this.thread.once('error', (error) => this.die(`its thread has crashed: ${messageOf(error)}`));
    this.thread.once('exit', (code) => this.die(`its thread has ended with code ${code}`));
  }

  ask<N extends OperationName>(name: N, ...args: OperationArguments<N>): Promise<OperationResult<N>> {
    return new Promise((resolve, reject) => {
      if (this.death ?? this.closing) {
        reject(this.death ?? closed(this.options.path));
        return;
      }
      const id = ++this.lastId;
      this.pending.set(id, { askedAt: performance.now(), resolve, reject });
      // What is asked in one turn travels together: a message costs the same whatever is in it.
      if (this.outbox.length === 0) process.nextTick(() => this.postAll());
      this.outbox.push({ id, round: this.gate.round, name, args });
      if (this.timer === undefined) this.watch(this.options.deadlineMs);
    });
  }

  /** Waits for what was asked, then for the thread's end. Never rejects. */
  async close(): Promise<void> {
    if (!this.closing) {
      this.closing = true;
      this.postAll();
      this.port.postMessage('close' satisfies ToWorker);
    }
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      late = setTimeout(resolve, this.options.commitDeadlineMs);
    });
    await Promise.race([this.exited, tooLate]);
    clearTimeout(late);
    this.die('it did not close in time');
  }

  private postAll(): void {
    const requests = this.outbox.splice(0);
    for (let from = 0; from < requests.length; from += MESSAGE)
      this.post(requests.slice(from, from + MESSAGE));
  }

  /** What cannot travel is refused by itself. */
  private post(requests: readonly Request[]): void {
    try {
      this.port.postMessage(requests satisfies ToWorker);
    } catch {
      const [first, ...others] = requests;
      if (others.length > 0) for (const request of requests) this.post([request]);
      else if (first) this.settle({ id: first.id, fault: NOT_JSON });
    }
  }

  private hear(message: FromWorker): void {
    if ('answers' in message) for (const answer of message.answers) this.settle(answer);
    else if ('opened' in message) this.opening?.resolve(message.opened.epoch);
    else this.opening?.reject(errorOf(message.failed));
  }

  /** Answers may have come that the event loop has not handed out yet. */
  private drain(): void {
    for (let next = receiveMessageOnPort(this.port); next; next = receiveMessageOnPort(this.port)) {
      this.hear(next.message as FromWorker);
    }
  }

  private settle(answer: Answer): void {
    const request = this.pending.get(answer.id);
    this.pending.delete(answer.id);
    if (!('fault' in answer)) {
      request?.resolve(answer.value as never);
      return;
    }
    const error = errorOf(answer.fault);
    if (error.code === 'STORE_LOCKED') this.lose(error);
    request?.reject(error);
  }

  private watch(ms: number): void {
    const dueAt = performance.now() + ms;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.forgiveStandstill(dueAt);
      this.drain();
      this.giveUpWhatIsLate();
    }, ms).unref();
  }

  /** A process that was stopped (SIGSTOP, a paused container) has stopped its thread too: that time is nobody's delay. */
  private forgiveStandstill(dueAt: number): void {
    const stoodMs = performance.now() - dueAt;
    if (stoodMs < this.options.deadlineMs / 2) return;
    for (const request of this.pending.values()) if (request.askedAt < dueAt) request.askedAt += stoodMs;
  }

  private giveUpWhatIsLate(): void {
    const [oldest] = this.pending.values();
    if (!oldest) return;
    const waited = performance.now() - oldest.askedAt;
    const { path, deadlineMs, commitDeadlineMs } = this.options;
    if (waited < deadlineMs) this.watch(deadlineMs - waited);
    else if (this.gate.giveUp()) {
      // A commit that ended just before has told its answers.
      this.drain();
      this.rejectAll(
        unavailable(path, `it has not answered for ${Math.round(waited)} ms. Nothing of this was written`),
      );
    } else if (waited < commitDeadlineMs) this.watch(RECHECK_MS);
    else this.die(`its disk has not answered a commit for ${Math.round(waited)} ms`);
  }

  /** The thread is gone, or is given up for good. */
  private die(reason: string): void {
    if (this.death) return;
    this.drain();
    const ended = this.closing && this.pending.size === 0;
    this.death = ended
      ? closed(this.options.path)
      : unavailable(
          this.options.path,
          `${reason}. Close the store and open it again, or start the process again`,
        );
    clearTimeout(this.timer);
    if (!this.closing) this.lose(this.death);
    this.opening?.reject(this.death);
    this.rejectAll(this.death);
    // It closes the file when it moves again; a process that has nothing else to do need not wait for that.
    this.workSwitch.stop();
    this.port.close();
    this.thread.unref();
  }

  private readonly letRest = (): void => {
    this.workSwitch.stop();
    if (this.workSwitch.waitForRest(EXIT_WAIT_MS)) return;
    // Node would now wait for the thread, and with it for the disk, whatever that takes. This is no worse for the data.
    process.kill(process.pid, 'SIGKILL');
  };

  private rejectAll(error: LifecycleError): void {
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const { reject } of waiting) reject(error);
  }
}

const unavailable = (path: string, reason: string) =>
  new LifecycleError('STORE_UNAVAILABLE', {
    message: `The store ${path} is not available: ${reason}.`,
    details: { path },
  });

const closed = (path: string) =>
  new LifecycleError('STORE_UNAVAILABLE', { message: `The store ${path} is not open. Call open() first.` });

const errorOf = ({ code, message, details }: Fault) =>
  new LifecycleError(code as ErrorCode, { message, details });
