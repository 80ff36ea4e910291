/** Driver, wholly in memory: the port's rules with nothing behind them but a clock and `SimulatedWhatsApp`. */
import type { Chat, NumberLookup } from '../../domain/directory.js';
import { LifecycleError } from '../../domain/errors.js';
import type { PasskeyAssertion } from '../../domain/passkey.js';
import type { Clock } from '../../ports/clock.js';
import { systemClock } from '../../ports/clock.js';
import type {
  ChatsRequest,
  CloseMode,
  CloseRequest,
  Driver,
  FailureCode,
  FetchedMessages,
  FetchMediaRequest,
  FetchMessagesRequest,
  GenerationRef,
  MediaAnswer,
  NumberRequest,
  OpenRequest,
  SendReport,
  SendRequest,
  Sighting,
} from '../../ports/driver.js';
import { DriverError } from '../../ports/driver.js';
import type { SimulatedAccount } from './simulated-account.js';
import { simulatedPairingCode, simulatedScreenshot } from './simulated-codes.js';
import { simulatedLookup } from './simulated-directory.js';
import type { CallFault, FaultKind } from './simulated-faults.js';
import { simulatedMedia } from './simulated-inbox.js';
import type { SimulatedTimes } from './simulated-options.js';
import { defaultTimes, timeOf } from './simulated-options.js';
import { SimulatedPage } from './simulated-page.js';
import type { PairingHost } from './simulated-pairing.js';
import { SimulatedWhatsApp } from './simulated-whatsapp.js';

export interface SimulatedDriverOptions extends Partial<SimulatedTimes> {
  /** The world behind it; a new one by default. Give the same to the next driver to play a restart of the process. */
  readonly whatsapp?: SimulatedWhatsApp;
  readonly clock?: Clock;
}

export interface SimulatedDriver extends Driver {
  readonly whatsapp: SimulatedWhatsApp;
  /** kill -9 of the process: the browsers end with it, nothing is said, and no call of this driver answers ever again. */
  die(): void;
}

export const simulatedDriver = (options: SimulatedDriverOptions = {}): SimulatedDriver =>
  new InMemoryDriver(options);

interface Teardown {
  readonly page: SimulatedPage;
  readonly done: Promise<void>;
  readonly kill: () => void;
  /** The profile goes too. */
  forget: boolean;
  keepClient: boolean;
}

const rejected = (code: FailureCode, message: string): Promise<never> =>
  Promise.reject(new DriverError({ code, message }));

class InMemoryDriver implements SimulatedDriver {
  readonly name = 'simulated';
  readonly whatsapp: SimulatedWhatsApp;
  readonly #host: PairingHost;
  /** The newest page of each instance; kept after a soft close, for its client. */
  readonly #pages = new Map<string, SimulatedPage>();
  /** Instances whose client may be used again. */
  readonly #clients = new Set<string>();
  readonly #teardowns = new Map<string, Teardown>();
  #isShut = false;
  #isDead = false;

  constructor({ whatsapp, clock, ...times }: SimulatedDriverOptions) {
    this.whatsapp = whatsapp ?? new SimulatedWhatsApp();
    this.#host = {
      clock: clock ?? systemClock,
      times: { ...defaultTimes, ...times },
      whatsapp: this.whatsapp,
    };
    this.whatsapp.keepTime(this.#host.clock);
  }

  open(request: OpenRequest): Promise<void> {
    if (this.#isDead) return never();
    const { instanceId, generation, rung } = request;
    if (this.#isShut) return rejected('ABORTED', 'The driver is shut down.');
    const account = this.whatsapp.account(instanceId);
    const running = this.#teardowns.get(instanceId);
    if (running)
      return running.done.then(() =>
        request.signal.aborted
          ? rejected('ABORTED', 'The generation was given up before its browser began to start.')
          : this.open(request),
      );
    if (account.page) {
      account.collisions++;
      return rejected('PROFILE_IN_USE', `The browser is already running for "${instanceId}".`);
    }
    const reused = rung === 'soft' && this.#clients.has(instanceId);
    account.remember({ generation, rung, reused, at: this.#host.clock.now() });
    const page = new SimulatedPage(this.#host, request, { before: this.#pages.get(instanceId), reused });
    this.#pages.set(instanceId, page);
    this.#clients.add(instanceId);
    return page.open(request.signal);
  }

  probe(request: GenerationRef & { readonly deadlineMs: number }): Promise<void> {
    return this.#ask('probe', request, (page) => {
      if (!page.isReady) throw page.error();
    });
  }

  testPage(request: GenerationRef & { readonly deadlineMs: number }): Promise<void> {
    return this.#ask('testPage', request, (page) => {
      if (!page.isReady) throw page.error();
      page.sayTested();
    });
  }

  reload(request: GenerationRef & { readonly deadlineMs: number }): Promise<void> {
    if (this.#isDead) return never();
    const page = this.#pageOf(request);
    if (!page) return this.#notOpen(request);
    const fault = this.whatsapp.takeFault('reload', request.instanceId);
    // A page that hangs does not answer a call, and can be reloaded all the same.
    if (fault === undefined || fault === 'forgetful')
      return page.reload(request.deadlineMs, fault === 'forgetful');
    return page.ask(request.deadlineMs, fault, () => {});
  }

  send(request: SendRequest): Promise<SendReport> {
    if (this.#isDead) return never();
    const page = this.#pageOf(request);
    if (page) return page.send(request);
    const message = `Generation ${request.generation} of "${request.instanceId}" is not open.`;
    return Promise.resolve({ outcome: 'unsent', code: 'PAGE_UNAVAILABLE', message });
  }

  findSent(
    request: GenerationRef & {
      readonly to: string;
      readonly messageKey: string;
      readonly deadlineMs: number;
    },
  ): Promise<Sighting> {
    return this.#ask('findSent', request, (page) => page.outbox().find(request.to, request.messageKey));
  }

  lookupNumber(request: NumberRequest): Promise<NumberLookup> {
    return this.#ask('lookupNumber', request, (page) => {
      if (!page.isReady) throw page.error();
      return simulatedLookup(request.phoneNumber);
    });
  }

  listChats(request: ChatsRequest): Promise<readonly Chat[]> {
    return this.#ask('listChats', request, (page) => {
      if (!page.isReady) throw page.error();
      return page.account.chats.list(request);
    });
  }

  requestPairingCode(
    request: GenerationRef & { readonly phoneNumber: string; readonly deadlineMs: number },
  ): Promise<string> {
    return this.#ask('requestPairingCode', request, (page) => {
      if (!page.isShowingCode) throw page.error();
      const code = simulatedPairingCode(() => this.#host.clock.random());
      page.say({ type: 'pairingCode', code });
      return code;
    });
  }

  submitPasskey(
    request: GenerationRef & { readonly assertion: PasskeyAssertion; readonly deadlineMs: number },
  ): Promise<void> {
    return this.#ask('submitPasskey', request, (page) => {
      const message = 'The page waits for no passkey.';
      if (!page.passkey) throw new DriverError({ code: 'PROBE_FAILED', message });
      page.passkey.take(request.assertion);
    });
  }

  fetchMessages(request: FetchMessagesRequest): Promise<FetchedMessages> {
    return this.#ask('fetchMessages', request, (page) => {
      if (!page.isReady) throw page.error();
      return page.account.inbox.since(request);
    });
  }

  fetchMedia(request: FetchMediaRequest): Promise<MediaAnswer> {
    return this.#ask('fetchMedia', request, (page) => {
      if (!page.isReady) throw page.error();
      return simulatedMedia(page.account.inbox.find(request.messageId), request.maxBytes);
    });
  }

  react(
    request: GenerationRef & {
      readonly messageId: string;
      readonly emoji: string;
      readonly deadlineMs: number;
    },
  ): Promise<boolean> {
    return this.#ask('react', request, (page) => accountOf(page).react(request.messageId, request.emoji));
  }

  markRead(
    request: GenerationRef & { readonly chatId: string; readonly deadlineMs: number },
  ): Promise<boolean> {
    return this.#ask('markRead', request, (page) => accountOf(page).markRead(request.chatId));
  }

  screenshot(request: GenerationRef & { readonly deadlineMs: number }): Promise<Uint8Array> {
    return this.#ask('screenshot', request, () => simulatedScreenshot());
  }

  logout(request: GenerationRef & { readonly deadlineMs: number }): Promise<void> {
    return this.#ask('logout', request, (page) => {
      if (!page.isReady) throw page.error();
      page.account.unlink();
      return this.close({ instanceId: request.instanceId, mode: 'forget', deadlineMs: request.deadlineMs });
    });
  }

  close({ instanceId, mode, deadlineMs }: CloseRequest): Promise<void> {
    if (this.#isDead) return never();
    const running = this.#teardowns.get(instanceId);
    if (running) {
      join(running, mode);
      return running.done;
    }
    const page = this.#pages.get(instanceId);
    if (!page || page.isGone) {
      this.#settleClose(instanceId, mode === 'forget', mode === 'soft');
      return Promise.resolve();
    }
    return this.#tearDown(page, instanceId, mode, deadlineMs).done;
  }

  #tearDown(page: SimulatedPage, instanceId: string, mode: CloseMode, deadlineMs: number): Teardown {
    const { clock, times } = this.#host;
    // A kill waits for nothing that the browser does.
    const hangs = mode !== 'kill' && this.whatsapp.takeFault('close', instanceId) === 'hang';
    let resolve = (): void => {};
    const done = new Promise<void>((settle) => {
      resolve = settle;
    });
    const finish = (): void => {
      if (this.#teardowns.get(instanceId) !== teardown) return;
      clock.clearTimeout(timer);
      this.#teardowns.delete(instanceId);
      page.end('ABORTED', `Generation ${page.generation} of "${instanceId}" was closed.`);
      this.#settleClose(instanceId, teardown.forget, teardown.keepClient);
      resolve();
    };
    // A page that is killed does nothing any more; its browser still holds the profile for a moment.
    const kill = (): void => {
      page.hang();
      if (times.killMs === 0) finish();
      else clock.setTimeout(finish, Math.min(timeOf(times, clock, 'killMs'), deadlineMs));
    };
    const timer = clock.setTimeout(
      finish,
      hangs ? deadlineMs : Math.min(timeOf(times, clock, 'closeMs'), deadlineMs),
    );
    const teardown: Teardown = { page, done, kill, forget: mode === 'forget', keepClient: mode === 'soft' };
    this.#teardowns.set(instanceId, teardown);
    if (mode === 'kill') kill();
    return teardown;
  }

  #settleClose(instanceId: string, forget: boolean, keepClient: boolean): void {
    if (forget) this.whatsapp.account(instanceId).removeProfile();
    if (!keepClient) this.#clients.delete(instanceId);
  }

  remove(instanceId: string): Promise<void> {
    if (this.#isDead) return never();
    const account = this.whatsapp.account(instanceId);
    if (account.page)
      return rejected('PROFILE_IN_USE', `"${instanceId}" must be closed before its profile is removed.`);
    account.removeProfile();
    this.#pages.delete(instanceId);
    this.#clients.delete(instanceId);
    return Promise.resolve();
  }

  adopt({ instanceId, source }: { readonly instanceId: string; readonly source: string }): Promise<void> {
    if (this.#isDead) return never();
    const profile = this.whatsapp.foreignProfile(source);
    const details = { source };
    if (!profile)
      return Promise.reject(
        new LifecycleError('PROFILE_NOT_FOUND', { message: `There is no profile at "${source}".`, details }),
      );
    if (profile.inUse)
      return Promise.reject(
        new LifecycleError('PROFILE_IN_USE', {
          message: `A browser uses the profile at "${source}": end it first.`,
          details,
        }),
      );
    this.whatsapp.pair(instanceId);
    return Promise.resolve();
  }

  async shutdown(): Promise<void> {
    if (this.#isDead) return never();
    this.#isShut = true;
    const deadlineMs = SHUTDOWN_MS;
    await Promise.all(
      [...this.#pages.keys()].map((instanceId) => this.close({ instanceId, mode: 'graceful', deadlineMs })),
    );
    this.#pages.clear();
  }

  die(): void {
    this.#isDead = true;
    for (const teardown of this.#teardowns.values()) teardown.page.vanish();
    for (const page of this.#pages.values()) page.vanish();
    this.#teardowns.clear();
    this.#pages.clear();
  }

  #pageOf({ instanceId, generation }: GenerationRef): SimulatedPage | undefined {
    const page = this.#pages.get(instanceId);
    return page && page.generation === generation && !page.isGone ? page : undefined;
  }

  #notOpen({ instanceId, generation }: GenerationRef): Promise<never> {
    return rejected('BROWSER_EXITED', `Generation ${generation} of "${instanceId}" is not open.`);
  }

  #ask<T>(
    kind: Exclude<
      FaultKind,
      'open' | 'ready' | 'qr' | 'reload' | 'send' | 'ack' | 'close' | 'offline' | 'exists'
    >,
    request: GenerationRef & { readonly deadlineMs: number },
    work: (page: SimulatedPage) => T | Promise<T>,
  ): Promise<T> {
    if (this.#isDead) return never();
    const page = this.#pageOf(request);
    if (!page) return this.#notOpen(request);
    const fault: CallFault | undefined = this.whatsapp.takeFault(kind, request.instanceId);
    return page.ask(request.deadlineMs, fault, () => work(page));
  }
}

/** @throws DriverError while the page is not ready */
function accountOf(page: SimulatedPage): SimulatedAccount {
  if (page.isReady) return page.account;
  throw page.error();
}

/** A kill ends a teardown that dawdles; forgetting the client, or the profile too, is remembered until its end. */
function join(teardown: Teardown, mode: CloseMode): void {
  if (mode !== 'soft') teardown.keepClient = false;
  if (mode === 'forget') teardown.forget = true;
  if (mode === 'kill') teardown.kill();
}

const SHUTDOWN_MS = 10_000;

/** What a process that is no more says. */
const never = (): Promise<never> => new Promise(() => {});
