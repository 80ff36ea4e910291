/** One generation: a browser from its launch to the last of its processes. Opening and closing, and nothing beyond. */
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '../../domain/errors.js';
import { type CloseMode, DriverError, type DriverFailure, type OpenRequest } from '../../ports/driver.js';
import { endProcessesOn, goneWithin } from './browser-reaper.js';
import { Deferred } from './deferred.js';
import { failureOf } from './driver-failure.js';
import { identityOf } from './incoming-fact.js';
import { launchOptions } from './launch-options.js';
import { hearLibrary } from './library-events.js';
import { inEachDocument, inPage, settlesWithin, within } from './page-call.js';
import { isSynced, joinReadies, nudgeReady, watchPage } from './page-watch.js';
import type { PageFact } from './page-world.js';
import { SessionSending } from './session-sending.js';
import { SessionVoice } from './session-voice.js';
import type { Browser, ClientHooks, Page, WebClient } from './web-client.js';

/** What a browser stands on, ready for its launch. */
export interface Ground {
  readonly client: WebClient;
  readonly browserPath: string;
  readonly profile: string;
}
export interface SessionOptions {
  readonly request: OpenRequest;
  /** The session before, which may not have ended yet. */
  readonly before: WebSession | undefined;
  readonly chromeArgs: readonly string[];
  readonly qrStallMs: number;
  readonly initializeTimeoutMs: number;
  readonly notice: (message: string, cause?: unknown) => void;
}

/** After the library listens: long enough that its own `ready` is on the way where it comes, short for everybody else. */
const NUDGE_AFTER_MS = [400, 3_000, 10_000];
const KILL_WITHIN_MS = 3_000;
/** A browser that a failed or aborted opening leaves gets so long to write its profile. */
const POLITE_AFTER_FAILURE_MS = 2_000;
const IN_PAGE_MS = 5_000;
/** From the end of a page to the end of the browser that takes it along. */
const DYING_MS = 50;

export class WebSession {
  readonly generation: number;
  /** Resolves when no process of the browser is left. */
  readonly ended: Promise<void>;
  readonly sending: SessionSending;
  readonly #options: SessionOptions;
  readonly #voice: SessionVoice;
  readonly #life = new AbortController();
  readonly #givenUp = new Deferred<never>();
  readonly #killed = new Deferred<void>();
  /** Who waits for an answer of the page. */
  readonly #callers = new Set<() => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #phase: 'opening' | 'open' | 'closing' | 'closed' = 'opening';
  #failure: DriverFailure | undefined;
  #client: WebClient | undefined;
  #browser: Browser | undefined;
  #page: Page | undefined;
  #before: WebSession | undefined;
  #profile: string | undefined;
  #begun: Promise<void> = Promise.resolve();
  #teardown: Promise<void> | undefined;
  #unlinking = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.generation = options.request.generation;
    this.#before = options.before;
    const ended = new Deferred<void>();
    this.ended = ended.promise;
    this.#tellEnded = ended.resolve;
    this.sending = new SessionSending(this.ended);
    this.#givenUp.promise.catch(() => undefined);
    this.#voice = new SessionVoice({
      hear: options.request.hear,
      qrStallMs: options.qrStallMs,
      lost: (failure) => this.#lost(failure),
      complain: (cause) => options.notice('A listener of the driver has thrown.', cause),
    });
  }
  readonly #tellEnded: () => void;

  /** True from the first moment on until a close begins: nobody else may have the profile. */
  get holds(): boolean {
    return this.#phase === 'opening' || this.#phase === 'open';
  }
  /** The account is recognised. */
  get authenticated(): boolean {
    return this.#voice.authenticated;
  }
  /** The client, for a soft rung after this generation. */
  get client(): WebClient | undefined {
    return this.#client;
  }

  /** The living page. @throws DriverError */
  get page(): Page {
    const page = this.#page;
    if (
      this.#phase === 'closing' ||
      this.#phase === 'closed' ||
      !page ||
      page.isClosed() ||
      !this.#browser?.connected
    )
      throw new DriverError({ code: 'PAGE_CLOSED', message: 'The browser of this instance is not running.' });
    if (page.mainFrame().detached)
      throw new DriverError({ code: 'PAGE_CLOSED', message: 'The page of this instance was detached.' });
    return page;
  }

  /** A call into the living page, ended by its deadline or by the browser's end. @throws what the call throws, DriverError */
  async call<T>(run: (page: Page) => Promise<T>, deadlineMs: number): Promise<T> {
    const { page } = this;
    const answer = new Promise<T>((resolve, reject) => {
      const end = () =>
        reject(new DriverError({ code: 'PAGE_CLOSED', message: 'The browser was closed meanwhile.' }));
      this.#callers.add(end);
      run(page)
        .then(resolve, reject)
        .finally(() => this.#callers.delete(end));
    });
    return within(answer, deadlineMs, {
      code: 'PAGE_HUNG',
      message: `The page did not answer within ${Math.round(deadlineMs)} ms.`,
    });
  }

  /** @throws DriverError, with nothing left running. */
  async open(prepare: (signal: AbortSignal) => Promise<Ground>): Promise<void> {
    const { signal } = this.#options.request;
    const abort = () => this.#giveUp({ code: 'ABORTED', message: 'The opening was given up.' });
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      const begun = this.#begin(prepare);
      this.#begun = begun.catch(() => undefined);
      await Promise.race([begun, this.#givenUp.promise]);
      this.#phase = 'open';
    } catch (thrown) {
      const failure = this.#failure ?? (await this.#failureOf(thrown));
      this.#failure = failure;
      await this.close('graceful', POLITE_AFTER_FAILURE_MS + KILL_WITHIN_MS);
      throw new DriverError(failure, thrown instanceof DriverError ? thrown.cause : thrown);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #begin(prepare: (signal: AbortSignal) => Promise<Ground>): Promise<void> {
    const { initializeTimeoutMs } = this.#options;
    await this.#before?.ended;
    this.#before = undefined;
    this.#life.signal.throwIfAborted();
    const { client, browserPath, profile } = await prepare(this.#life.signal);
    // Given up while the ground was prepared: nothing is launched any more.
    this.#life.signal.throwIfAborted();
    this.#client = client;
    this.#profile = profile;
    client.hooks = this.#hooks(browserPath);
    hearLibrary(client, {
      voice: this.#voice,
      isOurs: (key) => this.sending.isOurs(key),
      ready: () => this.#libraryReady(),
    });
    await within(client.initialize(), initializeTimeoutMs, {
      code: 'READY_TIMEOUT',
      message: `The browser and WhatsApp Web did not come up within ${initializeTimeoutMs} ms.`,
    });
  }

  /** A browser that is killed closes its page first, and its end is heard a moment later. */
  async #failureOf(thrown: unknown): Promise<DriverFailure> {
    const failure = failureOf(thrown, 'LAUNCH_FAILED');
    if (failure.code !== 'PAGE_CLOSED' || thrown instanceof DriverError) return failure;
    await wait(DYING_MS);
    if (this.#browser?.connected) return failure;
    return { code: 'BROWSER_EXITED', message: 'The browser ended while it was starting.' };
  }

  #hooks(browserPath: string): ClientHooks {
    const { request, chromeArgs, notice } = this.#options;
    const { proxy } = request;
    const isRoot = process.getuid?.() === 0;
    return {
      launchOptions: () =>
        launchOptions({ browserPath, chromeArgs, proxy, signal: this.#life.signal, isRoot }),
      launched: (browser, page) => this.#launched(browser, page),
      injected: (page) => this.#injected(page),
      newDocument: () => this.#voice.newDocument(),
      injectionFailed: (cause) => {
        const message = `The page was loaded anew and WhatsApp Web did not start in it: ${messageOf(cause)}`;
        this.#voice.lose({ code: 'AUTH_TIMEOUT', message });
      },
      leaked: (cause) => {
        if (this.holds) notice('Background work of whatsapp-web.js failed.', cause);
      },
    };
  }

  /** The library hears neither the browser's end nor the page's crash. */
  async #launched(browser: Browser, page: Page): Promise<void> {
    this.#browser = browser;
    this.#page = page;
    const exited = () =>
      this.#voice.lose({ code: 'BROWSER_EXITED', message: 'The browser ended by itself or was killed.' });
    browser.on('disconnected', exited);
    const gone = (message: string) =>
      // A dying browser closes its page first, and is the better reason.
      this.#later(DYING_MS, () =>
        browser.connected ? this.#voice.lose({ code: 'PAGE_CLOSED', message }) : exited(),
      );
    page.on('close', () => gone('The page was closed.'));
    page.on('framedetached', (frame) => {
      if (frame === page.mainFrame()) gone('The page was detached.');
    });
    page.on('error', (error) => this.#crashed(error.message));
    page.on('pageerror', (error) => this.#voice.pageError(messageOf(error)));
    await page.exposeFunction('wakeeperHears', (fact: PageFact) => this.#fact(fact));
    await inEachDocument(page, joinReadies);
  }

  #crashed(message: string): void {
    if (this.#phase === 'opening')
      this.#giveUp({ code: 'PAGE_CRASHED', message: `The page crashed: ${message}` });
    else this.#voice.crashed(message);
  }

  /** Installs our own listeners, and repeats the `ready` that the library may have missed. Failures end as lost or not at all. */
  #injected(page: Page): void {
    const { notice } = this.#options;
    inPage(page, watchPage, null).catch((cause: unknown) => {
      if (this.holds) notice('The page cannot be watched.', cause);
    });
    for (const delay of NUDGE_AFTER_MS)
      this.#later(delay, () => {
        if (this.#voice.ready || this.#voice.authenticated) return;
        // A page that cannot answer is told by its probe, its crash or its end.
        within(inPage(page, nudgeReady, null), IN_PAGE_MS, { code: 'PAGE_HUNG', message: '' }).catch(
          () => undefined,
        );
      });
  }

  #fact(fact: PageFact): void {
    this.#voice.fact(fact);
    // The library tells a logout at the navigation that follows; a page that cannot navigate never does.
    if (fact.type === 'logout') this.#later(IN_PAGE_MS, () => this.#voice.lose(LOGGED_OUT));
    if (fact.type === 'logout' && this.#client) this.#client.sawLogout = true;
  }

  #libraryReady(): void {
    const { client } = this;
    const page = this.#page;
    if (!client || !page) return;
    const me = identityOf(client.info);
    within(inPage(page, isSynced, null), IN_PAGE_MS, { code: 'PAGE_HUNG', message: '' }).then(
      (synced) => this.#voice.readySaid(me, synced),
      // The page reloads or is gone; a `ready` of it would be worth nothing.
      () => undefined,
    );
  }

  #lost(failure: DriverFailure): void {
    if (this.#unlinking) return;
    if (failure.code === 'LOGGED_OUT' && this.#client) this.#client.sawLogout = true;
    if (this.#phase === 'opening') this.#giveUp(failure);
    else this.#voice.say({ type: 'lost', failure });
  }

  /** Ends the session from our side, with this reason. */
  lose(failure: DriverFailure): void {
    this.#voice.lose(failure);
  }

  #giveUp(failure: DriverFailure): void {
    this.#failure ??= failure;
    this.#givenUp.reject(new DriverError(this.#failure));
    // A launch is cut off at once; a browser that runs is closed so that it can write its profile.
    if (!this.#browser) this.#life.abort();
  }

  /** The page was asked to load again: the `ready` of the new document is awaited. */
  expectReload(): void {
    this.#voice.newDocument();
  }

  /** Our own unlinking is under way: that the session ends of it is no news. */
  expectLogout(expected: boolean): void {
    this.#unlinking = expected;
    if (this.#client && expected) this.#client.sawLogout = true;
  }

  /** Joinable; always resolves, with nothing left running unless the kernel keeps it. */
  close(mode: CloseMode, deadlineMs: number): Promise<void> {
    this.#phase = this.#phase === 'closed' ? 'closed' : 'closing';
    this.#voice.silence();
    const reserveMs = Math.min(KILL_WITHIN_MS, deadlineMs / 2);
    if (mode === 'kill') this.#killed.resolve();
    else this.#later(deadlineMs - reserveMs, () => this.#killed.resolve());
    this.#teardown ??= this.#tearDown();
    // The one before is on its way out already; a stronger word reaches it too.
    return Promise.all([this.#teardown, this.#before?.close(mode, deadlineMs)]).then(() => undefined);
  }

  async #tearDown(): Promise<void> {
    const { notice } = this.#options;
    const browser = this.#browser;
    if (browser?.connected) {
      const closing = browser.close().catch(() => undefined);
      await Promise.race([closing, this.#killed.promise]);
    }
    this.#life.abort();
    await this.#sweep();
    // A launch that was on its way when it was cut off could still have started something.
    if (!(await settlesWithin(this.#begun, IN_PAGE_MS)))
      notice('The library still waits for a browser that has ended.');
    await this.#sweep();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#phase = 'closed';
    this.#tellEnded();
    for (const end of this.#callers) end();
  }

  /** What a browser leaves when it closes by itself, gets a moment; the rest is killed. */
  async #sweep(): Promise<void> {
    const profile = this.#profile;
    if (!profile) return;
    const { notice } = this.#options;
    try {
      if (await goneWithin(profile, 200)) return;
      const left = await endProcessesOn(profile, KILL_WITHIN_MS);
      if (left.length > 0) notice(`Processes ${left.join(', ')} on ${profile} cannot be ended.`);
    } catch (cause) {
      notice(`The processes on ${profile} cannot be listed.`, cause);
    }
  }

  #later(ms: number, run: () => void): void {
    if (this.#phase === 'closed') return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }
}

const LOGGED_OUT: DriverFailure = {
  code: 'LOGGED_OUT',
  message: 'The account was unlinked on the phone. Scan a new code.',
};
