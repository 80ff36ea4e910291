/** One generation: a browser from its launch to the last of its processes. Opening and closing, and nothing beyond. */
import type { PageReport } from '../../domain/page-report.js';
import type { PasskeyAssertion } from '../../domain/passkey.js';
import { type CloseMode, DriverError, type DriverFailure, type OpenRequest } from '../../ports/driver.js';
import { endProcessesOn, goneWithin } from './browser-reaper.js';
import { Deferred } from './deferred.js';
import { failureOf } from './driver-failure.js';
import { FreshLink } from './fresh-link.js';
import { launchOptions } from './launch-options.js';
import { type BrowserExit, failureOfExit, hearExit, versionOf } from './launched-browser.js';
import { settlesWithin, within } from './page-call.js';
import { PageCanary } from './page-canary.js';
import { isMeantFor, type PageLayerFile } from './page-layer-file.js';
import { noticeOf, SessionDoubts } from './session-doubts.js';
import { SessionEars } from './session-ears.js';
import { SessionPageTest } from './session-page-test.js';
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
  /** An operator's own repair of the page. */
  readonly pageLayer: PageLayerFile | undefined;
  readonly qrStallMs: number;
  readonly initializeTimeoutMs: number;
  readonly onboardingLabels: readonly string[];
  /** The phone has linked it a moment ago. */
  readonly linked: () => void;
  readonly notice: (message: string, cause?: unknown) => void;
}

const KILL_WITHIN_MS = 3_000;
/** A browser that a failed or aborted opening leaves gets so long to write its profile. */
const POLITE_AFTER_FAILURE_MS = 2_000;
/** How long the library may take to see that its browser is gone. */
const LET_GO_MS = 5_000;
/** From the end of a pipe or a page to the end of the browser that takes it along; a page alone costs so long. */
const DYING_MS = 1_000;
const TEST_AGAIN_MS = 6_000;

export class WebSession {
  readonly generation: number;
  /** Resolves when no process of the browser is left. */
  readonly ended: Promise<void>;
  readonly sending: SessionSending;
  /** What this session has seen that a page of its kind should not do. */
  readonly doubts = new SessionDoubts();
  readonly #options: SessionOptions;
  readonly #voice: SessionVoice;
  readonly #ears: SessionEars;
  readonly #pageTest: SessionPageTest;
  readonly #freshLink: FreshLink;
  readonly #life = new AbortController();
  readonly #givenUp = new Deferred<never>();
  readonly #killed = new Deferred<void>();
  readonly #exited = new Deferred<BrowserExit>();
  /** Who waits for an answer of the page. */
  readonly #callers = new Set<() => void>();
  readonly #killTimers: NodeJS.Timeout[] = [];
  #phase: 'opening' | 'open' | 'closing' | 'closed' = 'opening';
  #failure: DriverFailure | undefined;
  #client: WebClient | undefined;
  #browser: Browser | undefined;
  #page: Page | undefined;
  #before: WebSession | undefined;
  #profile: string | undefined;
  #begun: Promise<void> = Promise.resolve();
  #teardown: Promise<void> | undefined;
  #stopHearing = (): void => undefined;
  #crash: string | undefined;
  #unlinking = false;
  #loss: DriverFailure | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.generation = options.request.generation;
    this.#before = options.before;
    const ended = new Deferred<void>();
    this.ended = ended.promise;
    this.#tellEnded = ended.resolve;
    const canary = new PageCanary({ now: () => performance.now(), test: () => this.#testAgain() });
    this.doubts.listen((doubt, counts) => {
      canary.doubt();
      const notice = noticeOf(doubt, counts);
      if (notice !== null) options.notice(notice);
    });
    this.sending = new SessionSending(this.ended, this.doubts);
    this.#givenUp.promise.catch(() => undefined);
    this.#pageTest = new SessionPageTest({
      now: Date.now,
      browser: () => versionOf(this.#browser),
      contradicted: () => canary.contradicted(),
    });
    this.#freshLink = new FreshLink({
      labels: options.onboardingLabels,
      page: () => this.#page,
      say: (event) => this.#voice.say(event),
      notice: options.notice,
      linked: options.linked,
    });
    this.#voice = new SessionVoice({
      hear: (event) => {
        this.#pageTest.saw(event);
        this.#freshLink.note(event);
        options.request.hear(event);
      },
      test: (of) =>
        of === 'session' ? this.#pageTest.whenQuiet(this.page) : this.#pageTest.unlinked(this.page),
      qrStallMs: options.qrStallMs,
      lost: (failure) => this.#lost(failure),
      complain: (cause) => options.notice('A listener of the driver has thrown.', cause),
    });
    this.#ears = new SessionEars({
      voice: this.#voice,
      doubts: this.doubts,
      notice: options.notice,
      listens: () => this.holds,
      crashed: (message) => this.#crashed(message),
      openJournal: async (page) => {
        if (this.#profile !== undefined) await this.sending.openJournal(page, this.#profile);
      },
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
    if (this.#crash !== undefined) throw new DriverError({ code: 'PAGE_CRASHED', message: this.#crash });
    return this.#anyPage;
  }

  /** The page, crashed or not. @throws DriverError */
  get #anyPage(): Page {
    const page = this.#page;
    const isOver = this.#phase === 'closing' || this.#phase === 'closed';
    if (isOver || !page || page.isClosed() || !this.#browser?.connected)
      throw new DriverError({ code: 'PAGE_CLOSED', message: 'The browser of this instance is not running.' });
    if (page.mainFrame().detached)
      throw new DriverError({ code: 'PAGE_CLOSED', message: 'The page of this instance was detached.' });
    return page;
  }

  /** A call into the living page, ended by its deadline or by the browser's end. @throws what the call throws, DriverError */
  async call<T>(run: (page: Page) => Promise<T>, deadlineMs: number): Promise<T> {
    return this.#ask(this.page, run, deadlineMs);
  }

  /** @throws what `call` throws, DriverError PROBE_FAILED when the page waits for no passkey */
  submitPasskey(assertion: PasskeyAssertion, deadlineMs: number): Promise<void> {
    return this.call((page) => this.#ears.passkey.submit(page, assertion), deadlineMs);
  }

  /** Loads the page again, a crashed one too; its `ready` follows as an event. @throws what puppeteer throws, DriverError */
  async reload(deadlineMs: number): Promise<void> {
    const page = this.#anyPage;
    this.#voice.newDocument();
    this.#crash = undefined;
    await this.#ask(page, () => page.reload({ waitUntil: 'load', timeout: 0 }), deadlineMs);
  }

  /** Tests a page that is ready, and says what it found. @throws what the page throws, DriverError */
  async testPage(deadlineMs: number): Promise<void> {
    const { page } = this;
    const untested = {
      code: 'PROBE_FAILED',
      message: 'The page is loading, and is tested before it is ready.',
    } as const;
    if (!this.#voice.ready) throw new DriverError(untested);
    const report = await this.#ask(page, () => this.#pageTest.now(page, deadlineMs), deadlineMs);
    // Another document has its own.
    if (!this.#voice.ready) throw new DriverError(untested);
    this.#voice.say({ type: 'pageTested', report });
  }

  /** What a page has that waits for a scan. @throws what the page throws, DriverError */
  async testUnlinkedPage(deadlineMs: number): Promise<PageReport> {
    return this.call((page) => this.#pageTest.unlinked(page), deadlineMs);
  }

  /** By itself. A page that does not answer is lost; one that loads is tested when it is ready. */
  #testAgain(): boolean {
    if (!this.#voice.ready) return false;
    this.testPage(TEST_AGAIN_MS).catch((thrown: unknown) => {
      const failure = failureOf(thrown, 'PROBE_FAILED');
      if (failure.code === 'PAGE_HUNG') this.lose(failure);
      else if (this.holds) this.#options.notice('The page is suspected and could not be tested.', thrown);
    });
    return true;
  }

  #ask<T>(page: Page, run: (page: Page) => Promise<T>, deadlineMs: number): Promise<T> {
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
      // A close that came in the very last moment of the opening stands.
      if (this.#phase === 'opening') this.#phase = 'open';
      else throw new DriverError(CLOSED_MEANWHILE);
    } catch (thrown) {
      const failure = this.#failure ?? (await this.#failureOf(thrown));
      this.#failure = failure;
      await this.close('graceful', POLITE_AFTER_FAILURE_MS + KILL_WITHIN_MS);
      throw new DriverError(failure, thrown instanceof DriverError ? thrown.cause : thrown);
    } finally {
      this.#stopHearing();
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
    this.#ears.hearLibrary(client, (key) => this.sending.isOurs(key));
    this.#stopHearing = hearExit(profile, (exit) => this.#exitedAtLaunch(exit));
    const late = `The browser and WhatsApp Web did not come up within ${initializeTimeoutMs} ms.`;
    // Of a browser that ended during its launch the library may wait for ever.
    const failure = { code: 'READY_TIMEOUT', message: late } as const;
    await within(client.initialize(), initializeTimeoutMs, failure, this.#life.signal);
  }

  #exitedAtLaunch(exit: BrowserExit): void {
    this.#exited.resolve(exit);
    const failure = failureOfExit(exit);
    if (this.#phase === 'opening') this.#giveUp(failure);
    else this.#voice.lose(failure);
  }

  /** Where the browser itself has ended, what puppeteer says of its pipe and page is only the consequence. */
  async #failureOf(thrown: unknown): Promise<DriverFailure> {
    const failure = failureOf(thrown, 'LAUNCH_FAILED');
    const mayBeItsEnd = failure.code === 'PAGE_CLOSED' || failure.code === 'LAUNCH_FAILED';
    if (!mayBeItsEnd || thrown instanceof DriverError) return failure;
    const exit = this.#exited.promise.then(failureOfExit);
    return within(exit, DYING_MS, failure).catch(() => failure);
  }

  #hooks(browserPath: string): ClientHooks {
    const { chromeArgs, request } = this.#options;
    const isRoot = process.getuid?.() === 0;
    const options = { browserPath, chromeArgs, proxy: request.proxy, signal: this.#life.signal, isRoot };
    const ears = this.#ears.hooks();
    return {
      ...ears,
      newDocument: () => {
        this.#pageTest.newDocument();
        ears.newDocument();
      },
      launchOptions: () => launchOptions(options),
      launched: async (browser, page) => {
        this.#browser = browser;
        this.#page = page;
        await this.#ears.listen(browser, page);
        const { pageLayer } = this.#options;
        if (pageLayer && isMeantFor(pageLayer, request.labels ?? {}))
          await page.evaluateOnNewDocument(pageLayer.source);
      },
    };
  }

  #crashed(message: string): void {
    this.#crash = `The page crashed: ${message}`;
    if (this.#phase === 'opening') this.#giveUp({ code: 'PAGE_CRASHED', message: this.#crash });
    else this.#voice.crashed(message);
  }

  #lost(failure: DriverFailure): void {
    this.#loss = failure;
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

  /** Our own unlinking is under way: that the session ends of it is no news. */
  expectLogout(expected: boolean): void {
    this.#unlinking = expected;
    if (this.#client && expected) this.#client.sawLogout = true;
    // It has failed: a loss that was kept back meanwhile had another reason.
    if (!expected && this.#loss) this.#lost(this.#loss);
  }

  /** Joinable; always resolves, with nothing left running unless the kernel keeps it. */
  close(mode: CloseMode, deadlineMs: number): Promise<void> {
    this.#voice.silence();
    this.#freshLink.end();
    if (this.#phase === 'opening') this.#giveUp(CLOSED_MEANWHILE);
    if (this.#phase !== 'closed') this.#phase = 'closing';
    const reserveMs = Math.min(KILL_WITHIN_MS, deadlineMs / 2);
    if (mode === 'kill') this.#killed.resolve();
    else this.#killTimers.push(setTimeout(() => this.#killed.resolve(), deadlineMs - reserveMs));
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
    const wasLaunching = !(await settlesWithin(this.#begun, 0));
    this.#life.abort();
    await this.#sweep();
    if (wasLaunching) {
      // A launch that was on its way when it was cut off could still have started something.
      if (!(await settlesWithin(Promise.race([this.#begun, this.#exited.promise]), LET_GO_MS)))
        notice('The library still waits for a browser that has ended.');
      await this.#sweep();
    }
    this.#ears.close();
    for (const timer of this.#killTimers) clearTimeout(timer);
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
}

const CLOSED_MEANWHILE: DriverFailure = {
  code: 'ABORTED',
  message: 'The instance was closed while it was opening.',
};
