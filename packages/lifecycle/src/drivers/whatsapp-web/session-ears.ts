/** What a generation hears: of its browser and page, which the library does not listen to, and of the library itself. */
import { messageOf } from '../../domain/errors.js';
import type { DriverFailure } from '../../ports/driver.js';
import { hearLibrary } from './library-events.js';
import { isAfterLogout, LogoutReader } from './logout-reader.js';
import { failureOfLogout } from './logout-reasons.js';
import { ownIdentity } from './own-identity.js';
import { inEachDocument, inPage, within } from './page-call.js';
import { watchDecryption } from './page-decryption.js';
import { installIds } from './page-ids.js';
import { layIn } from './page-layer.js';
import { describeMessages } from './page-messages.js';
import { bridgePasskeys, watchPasskeyScreen } from './page-passkey.js';
import { openSeam } from './page-seam.js';
import { watchModules } from './page-self-test.js';
import { readTimelock, watchTimelock } from './page-timelock.js';
import { isSynced, joinReadies, nudgeReady, watchPage } from './page-watch.js';
import type { PageFact } from './page-world.js';
import type { SessionDoubts } from './session-doubts.js';
import { SessionPasskey } from './session-passkey.js';
import type { SessionVoice } from './session-voice.js';
import type { Browser, ClientHooks, Page, WebClient } from './web-client.js';

export interface EarsOptions {
  readonly voice: SessionVoice;
  readonly doubts: SessionDoubts;
  readonly notice: (message: string, cause?: unknown) => void;
  /** False from the moment on when a close begins. */
  readonly listens: () => boolean;
  readonly crashed: (message: string) => void;
  readonly openJournal: (page: Page) => Promise<void>;
}

/** After the library listens: long enough that its own `ready` is on the way where it comes, short for everybody else. */
const NUDGE_AFTER_MS = [400, 3_000, 10_000];
/** From the end of a page to the end of the browser that takes it along. */
const DYING_MS = 50;
const IN_PAGE_MS = 5_000;
const WATCH_AGAIN_MS = 500;
const WATCH_WITHIN_MS = 20_000;
const HUNG: DriverFailure = { code: 'PAGE_HUNG', message: 'The page did not answer.' };

export class SessionEars {
  readonly passkey: SessionPasskey;
  readonly #options: EarsOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #logouts = new LogoutReader();
  #client: WebClient | undefined;
  /** The present document was the one after a logout, and may still have that in its address. */
  #isAfterLogout = false;

  constructor(options: EarsOptions) {
    this.#options = options;
    this.passkey = new SessionPasskey(options.voice);
  }

  hearLibrary(client: WebClient, isOurs: (key: string) => boolean): void {
    this.#client = client;
    const { voice, doubts } = this.#options;
    hearLibrary(client, {
      voice,
      doubts,
      isOurs,
      loggedOut: () => {
        // The library takes every navigation to such an address for a logout, a reload of it too.
        if (!this.#isAfterLogout) this.#loggedOut(client);
      },
      ready: () => this.#libraryReady(client),
    });
  }

  /** Of the library's work in the page. */
  hooks(): Pick<ClientHooks, 'injected' | 'newDocument' | 'injectionFailed' | 'leaked'> {
    const { voice, notice, listens } = this.#options;
    return {
      injected: (page) => this.#injected(page),
      newDocument: () => {
        this.passkey.newDocument();
        voice.newDocument();
      },
      injectionFailed: (cause) => {
        const message = `The page was loaded anew and WhatsApp Web did not start in it: ${messageOf(cause)}`;
        voice.lose({ code: 'AUTH_TIMEOUT', message });
      },
      leaked: (cause) => {
        if (listens()) notice('Background work of whatsapp-web.js failed.', cause);
      },
    };
  }

  /** From before WhatsApp Web is loaded on. */
  async listen(browser: Browser, page: Page): Promise<void> {
    const { voice, crashed } = this.#options;
    const exited = () =>
      voice.lose({ code: 'BROWSER_EXITED', message: 'The browser ended by itself or was killed.' });
    browser.on('disconnected', exited);
    const gone = (message: string) =>
      // A dying browser closes its page first, and is the better reason.
      this.#later(DYING_MS, () =>
        browser.connected ? voice.lose({ code: 'PAGE_CLOSED', message }) : exited(),
      );
    page.on('close', () => gone('The page was closed.'));
    page.on('framedetached', (frame) => {
      if (frame === page.mainFrame()) gone('The page was detached.');
    });
    page.on('error', (error) => crashed(error.message));
    page.on('pageerror', (error) => voice.pageError(messageOf(error)));
    await page.exposeFunction('wakeeperHears', (fact: PageFact) => this.#fact(page, fact));
    await inEachDocument(page, joinReadies);
    await inEachDocument(page, installIds);
    await inEachDocument(page, openSeam);
    await inEachDocument(page, describeMessages);
    await layIn(page);
    await inEachDocument(page, watchModules);
    await inEachDocument(page, readTimelock);
    await inEachDocument(page, bridgePasskeys);
  }

  close(): void {
    this.passkey.close();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** The library listens in a new document: listen beside it, and repeat the `ready` that it may have missed. */
  #injected(page: Page): void {
    const { voice, notice, listens, openJournal } = this.#options;
    within(openJournal(page), IN_PAGE_MS, HUNG).catch((cause: unknown) => {
      if (listens()) notice("The page's journal cannot be opened: after a crash less can be proved.", cause);
    });
    this.#watch(page, performance.now() + WATCH_WITHIN_MS);
    void this.#watchLogout(page, performance.now() + WATCH_WITHIN_MS);
    this.#isAfterLogout = isAfterLogout(page.url());
    within(inPage(page, watchPasskeyScreen, null), IN_PAGE_MS, HUNG).catch((cause: unknown) => {
      if (listens()) notice('The page cannot be watched for its passkey screen.', cause);
    });
    for (const delay of NUDGE_AFTER_MS)
      this.#later(delay, () => {
        if (voice.ready) return;
        // A page that cannot answer is told by its probe, its crash or its end.
        within(inPage(page, nudgeReady, null), IN_PAGE_MS, HUNG).catch(() => undefined);
      });
  }

  /** On a cold load modules of the page are registered late. */
  #watch(page: Page, until: number): void {
    const { notice, listens } = this.#options;
    within(inPage(page, watchPage, null), IN_PAGE_MS, HUNG).catch((cause: unknown) => {
      if (performance.now() < until) this.#later(WATCH_AGAIN_MS, () => this.#watch(page, until));
      else if (listens()) notice('The page cannot be watched.', cause);
    });
  }

  /** Without the reason every logout looks like one on the phone, and the profile is removed for it. */
  async #watchLogout(page: Page, until: number): Promise<void> {
    if ((await this.#logouts.watch(page)) || performance.now() >= until) return;
    this.#later(WATCH_AGAIN_MS, () => void this.#watchLogout(page, until));
  }

  #fact(page: Page, fact: PageFact): void {
    const { voice, listens } = this.#options;
    if (SessionPasskey.concerns(fact)) {
      if (listens()) this.passkey.fact(page, fact);
      return;
    }
    voice.fact(fact);
    if (fact.type === 'logoutReason') this.#logouts.named(fact.reason);
    const client = this.#client;
    if (fact.type !== 'logout' || !client) return;
    client.sawLogout = true;
    this.#isAfterLogout = false;
    // The library tells a logout at the navigation that follows; a page that cannot navigate never does.
    this.#later(IN_PAGE_MS, () => this.#loggedOut(client));
  }

  /** Only the page's own reason sets an account that was unlinked apart from a session that has failed. */
  #loggedOut(client: WebClient): void {
    client.sawLogout = true;
    void this.#logouts
      .read(client.pupPage ?? undefined)
      .then((reason) => this.#options.voice.lose(failureOfLogout(reason)));
  }

  #libraryReady(client: WebClient): void {
    const page = client.pupPage;
    if (!page) return;
    // Without a deadline: nobody waits for it, and a slow page that is given up here would never be said to be ready.
    Promise.all([inPage(page, isSynced, null), ownIdentity(page, client.info)]).then(
      ([synced, me]) => {
        this.#options.voice.readySaid(me, synced);
        this.#watchReady(page);
      },
      // The page reloads or is gone; a `ready` of it would be worth nothing.
      () => undefined,
    );
  }

  /** What can be asked of a page only once the library has attached itself. */
  #watchReady(page: Page): void {
    const { voice, notice, listens } = this.#options;
    within(inPage(page, watchDecryption, null), IN_PAGE_MS, HUNG).catch((cause: unknown) => {
      if (listens())
        notice(
          'The page cannot be watched for messages that become readable; the next look finds them.',
          cause,
        );
    });
    within(inPage(page, watchTimelock, null), IN_PAGE_MS, HUNG).then(
      (restriction) => {
        if (restriction !== undefined) voice.timelock(restriction);
      },
      (cause: unknown) => {
        if (listens()) notice('The page does not say whether the account may open new chats.', cause);
      },
    );
  }

  #later(ms: number, run: () => void): void {
    if (!this.#options.listens()) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }
}
