/**
 * One generation: a browser with one page in it, from its launch to its end. It owns its timers, and has none while it is
 * ready and nothing happens, so that ten thousand of them cost little.
 */
import { messageOf } from '../../domain/errors.js';
import type {
  DriverEvent,
  DriverFailure,
  FailureCode,
  OpenRequest,
  SendReport,
  SendRequest,
  SocketState,
} from '../../ports/driver.js';
import { DriverError } from '../../ports/driver.js';
import { PageTimers } from './page-timers.js';
import { PendingCalls } from './pending-calls.js';
import { simulatedReport } from './simulated-abilities.js';
import type { OpenPage, SimulatedAccount } from './simulated-account.js';
import type { CallFault, SimulatedFaults } from './simulated-faults.js';
import { timeOf } from './simulated-options.js';
import type { OutboxPage } from './simulated-outbox.js';
import { SimulatedOutbox } from './simulated-outbox.js';
import { type PairingHost, type PairingPage, SimulatedPairing } from './simulated-pairing.js';
import type { SimulatedPasskey } from './simulated-passkey.js';
import { synchronise } from './simulated-sync.js';
import { FATAL_STATES } from './socket-states.js';

/** `ended`: the page is of no use any more, its browser still holds the profile. `gone`: no browser. */
type Life = 'loading' | 'pairing' | 'syncing' | 'ready' | 'hung' | 'ended' | 'gone';

export class SimulatedPage implements OpenPage, OutboxPage, PairingPage {
  readonly account: SimulatedAccount;
  readonly generation: number;
  readonly #host: PairingHost;
  readonly #hear: (event: DriverEvent) => void;
  readonly #before: ((event: DriverEvent) => void) | undefined;
  #life: Life = 'loading';
  #socket: SocketState = 'OPENING';
  /** Of the phone that scanned. */
  #number: string | undefined;
  #pairing: SimulatedPairing | undefined;
  #failure: DriverFailure | undefined;
  #opening: { resolve: () => void; reject: (error: DriverError) => void } | undefined;
  #timers: PageTimers | undefined;
  #calls: PendingCalls | undefined;
  #outbox: SimulatedOutbox | undefined;
  /** This client saw a logout once: whatsapp-web.js then removes the profile of whoever uses it next. */
  readonly #isTainted: boolean;
  sawLogout = false;

  constructor(
    host: PairingHost,
    request: OpenRequest,
    client: { before?: SimulatedPage | undefined; reused: boolean },
  ) {
    this.#host = host;
    this.account = host.whatsapp.account(request.instanceId);
    this.generation = request.generation;
    this.#hear = request.hear;
    this.#before = client.before?.hear;
    this.#isTainted = client.reused && client.before?.sawLogout === true;
    this.account.page = this;
  }

  get hear(): (event: DriverEvent) => void {
    return this.#hear;
  }
  get isReady(): boolean {
    return this.#life === 'ready';
  }
  get isPairing(): boolean {
    return this.#life === 'pairing';
  }
  get isShowingCode(): boolean {
    return this.#pairing?.isShowingCode ?? false;
  }
  get passkey(): SimulatedPasskey | undefined {
    return this.isPairing ? this.#pairing?.passkey : undefined;
  }
  get isGone(): boolean {
    return this.#life === 'gone';
  }
  get isOnline(): boolean {
    return this.#life === 'ready' && this.#socket === 'CONNECTED';
  }

  // --- the life of a page -------------------------------------------------------------------------------------------

  open(signal: AbortSignal): Promise<void> {
    const fault = this.#host.whatsapp.takeFault('open', this.account.id);
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.end('ABORTED', 'The generation was given up while it was opening.');
      };
      const settle = (): void => {
        signal.removeEventListener('abort', abort);
        this.#opening = undefined;
      };
      this.#opening = {
        resolve: () => {
          settle();
          resolve();
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort);
      if (fault === 'hang') return;
      this.after(this.#time('openMs'), () => {
        if (typeof fault === 'object') return this.#failOpening(fault.reject);
        if (fault === 'forgetful') this.account.forgetHistory();
        this.#loaded();
        this.#opening?.resolve();
      });
    });
  }

  /** The browser is left as it is, as whatsapp-web.js leaves it when `initialize()` rejects. */
  #failOpening(code: FailureCode): void {
    const failure = { code, message: `The simulated browser could not open: ${code}.` };
    this.#fail(failure);
    this.#opening?.reject(new DriverError(failure));
  }

  #loaded(): void {
    this.#socket = this.account.isPaired ? 'CONNECTED' : 'UNPAIRED';
    if (this.account.isPaired) this.#sync();
    else this.#pair();
  }

  #pair(): void {
    this.#life = 'pairing';
    this.#pairing = new SimulatedPairing(this, this.#host);
    this.#pairing.begin();
  }
  stopCodes(): void {
    this.#pairing?.stopCodes();
  }
  scan(number?: string): void {
    this.#number = number;
    this.#pairing?.scan();
  }
  linked(): void {
    if (!this.isPairing) return;
    this.stopTimers();
    this.account.link(this.#number);
    this.#socket = 'CONNECTED';
    this.say({ type: 'scanned' });
    this.#sync();
  }

  #sync(): void {
    this.#life = 'syncing';
    const fault = this.#host.whatsapp.takeFault('ready', this.account.id);
    synchronise(this, this.#time('syncMs'), fault);
  }

  /** The self-test, which comes before each `ready`. */
  sayTested(): void {
    if (this.#life === 'loading' || this.#failure) return;
    this.say({ type: 'pageTested', report: simulatedReport(this.account.lacking, this.now()) });
  }

  becomeReady(): void {
    this.#life = 'ready';
    this.sayTested();
    this.say({ type: 'ready', me: this.account.identity });
    if (this.#isTainted) {
      this.account.removeProfile();
      this.lose('LOGGED_OUT', 'The client was used again after a logout, and removed the new profile.');
      return;
    }
    if (this.account.history) this.#outboxOf().resume();
    this.#host.whatsapp.welcomeBack(this.account.id);
  }

  reload(deadlineMs: number, forget: boolean): Promise<void> {
    if (this.#failure) return Promise.reject(this.error());
    this.#timers?.stop();
    this.#calls?.end();
    this.#outbox?.reset();
    if (forget) this.account.forgetHistory();
    this.#life = 'loading';
    return new Promise((resolve, reject) => {
      const message = `The page was not reloaded within ${deadlineMs} ms.`;
      const done = this.call(
        deadlineMs,
        () => reject(new DriverError({ code: 'RELOAD_FAILED', message })),
        () => reject(this.error()),
      );
      this.after(this.#time('openMs') / 2, () => {
        done();
        this.#loaded();
        this.#opening?.resolve();
        resolve();
      });
    });
  }

  /** The browser is no more. Nothing is said; what waits for an answer learns it. */
  end(code: FailureCode, message: string): void {
    this.#fail({ code, message });
    this.#life = 'gone';
    if (this.account.page === this) this.account.page = undefined;
    this.#opening?.reject(this.error());
  }

  /** The whole process was killed: no answer, no event, no browser (it ends with its pipe). */
  vanish(): void {
    this.#timers?.stop();
    this.#calls?.abandon();
    this.#life = 'gone';
    if (this.account.page === this) this.account.page = undefined;
  }

  // --- calls --------------------------------------------------------------------------------------------------------

  error(): DriverError {
    return new DriverError(
      this.#failure ?? {
        code: 'DISCONNECTED',
        message: `Instance "${this.account.id}" is not ready for this.`,
      },
    );
  }

  /** `work` on a page that answers, `PAGE_HUNG` at the deadline on one that does not. */
  ask<T>(deadlineMs: number, fault: CallFault | undefined, work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.error());
      if (typeof fault === 'object')
        return reject(
          new DriverError({ code: fault.reject, message: `The simulated page answered: ${fault.reject}.` }),
        );
      if (fault === 'hang' || this.#life === 'hung') {
        const hung = {
          code: 'PAGE_HUNG',
          message: `The page did not answer within ${deadlineMs} ms.`,
        } as const;
        this.call(
          deadlineMs,
          () => reject(new DriverError(hung)),
          () => reject(this.error()),
        );
        return;
      }
      Promise.resolve().then(work).then(resolve, reject);
    });
  }

  send(request: SendRequest): Promise<SendReport> {
    if (this.#life !== 'ready' && this.#life !== 'hung')
      return Promise.resolve({
        outcome: 'unsent',
        code: 'PAGE_UNAVAILABLE',
        message: messageOf(this.error()),
      });
    const fault = this.#host.whatsapp.takeFault('send', this.account.id);
    return this.#outboxOf().send(request, fault, this.#life === 'hung');
  }

  outbox(): SimulatedOutbox {
    if (!this.isReady) throw this.error();
    return this.#outboxOf();
  }
  #outboxOf(): SimulatedOutbox {
    this.#outbox ??= new SimulatedOutbox(this);
    return this.#outbox;
  }

  call(deadlineMs: number | null, onDeadline: () => void, onEnd: () => void): () => void {
    this.#calls ??= new PendingCalls(this.#host.clock);
    return this.#calls.add(deadlineMs, onDeadline, onEnd);
  }
  time(name: 'sendMs' | 'ackMs'): number {
    return this.#time(name);
  }
  now(): number {
    return this.#host.clock.now();
  }
  random(): number {
    return this.#host.clock.random();
  }
  ackUpTo(): number {
    return this.#host.times.ackUpTo;
  }
  takeFault<K extends 'ack' | 'exists'>(kind: K): SimulatedFaults[K] | undefined {
    return this.#host.whatsapp.takeFault(kind, this.account.id);
  }

  // --- what others do to it -----------------------------------------------------------------------------------------

  say(event: DriverEvent): void {
    this.#hear(event);
  }
  sayAsGenerationBefore(event: DriverEvent): void {
    this.#before?.(event);
  }

  unlinked(): void {
    if (this.#failure || this.#life === 'pairing' || this.#life === 'loading') return;
    this.sawLogout = true;
    this.lose('LOGGED_OUT', 'The phone has unlinked this device.');
  }

  receive(event: Parameters<OpenPage['receive']>[0]): void {
    this.say(event);
  }

  crash(): void {
    if (this.#failure) return;
    this.hang();
    this.say({ type: 'pageCrashed', message: 'Page crashed!' });
  }
  hang(): void {
    if (this.#failure) return;
    this.#timers?.stop();
    this.#life = 'hung';
  }
  closePage(): void {
    this.lose('PAGE_CLOSED', 'The page was closed.');
  }
  exitBrowser(): void {
    const failure = { code: 'BROWSER_EXITED', message: 'The browser has ended.' } as const;
    const wasSettled = this.#failure !== undefined || this.#opening !== undefined;
    this.end(failure.code, failure.message);
    if (!wasSettled) this.say({ type: 'lost', failure });
  }

  setSocketState(state: SocketState): void {
    if (this.#failure) return;
    this.#socket = state;
    this.say({ type: 'socketState', state });
    const fatal = FATAL_STATES.get(state);
    if (fatal) this.lose(fatal, `WhatsApp's socket says ${state}.`);
    else if (this.isOnline) this.#outbox?.resume();
  }

  releaseAcks(): void {
    this.#outbox?.releaseAcks();
  }

  // --- time ---------------------------------------------------------------------------------------------------------

  stopTimers(): void {
    this.#timers?.stop();
  }
  after(ms: number, fn: () => void): void {
    this.#timers ??= new PageTimers(this.#host.clock);
    this.#timers.set(ms, fn);
  }
  #time(name: Parameters<typeof timeOf>[2]): number {
    return timeOf(this.#host.times, this.#host.clock, name);
  }

  /** The session ends by itself, in this order: no more life, then the word of it, then the answers. */
  lose(code: FailureCode, message: string): void {
    if (this.#failure) return;
    const failure = { code, message };
    this.#fail(failure);
    this.say({ type: 'lost', failure });
    this.#opening?.reject(new DriverError(failure));
  }
  #fail(failure: DriverFailure): void {
    this.#timers?.stop();
    this.#failure ??= failure;
    if (this.#life !== 'gone') this.#life = 'ended';
    this.#calls?.end();
  }
}
