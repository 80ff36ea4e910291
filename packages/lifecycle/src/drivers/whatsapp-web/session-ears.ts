/** What a generation hears: of its browser and page, which the library does not listen to, and of the library itself. */
import { messageOf } from '../../domain/errors.js';
import type { DriverFailure } from '../../ports/driver.js';
import { identityOf } from './incoming-fact.js';
import { hearLibrary } from './library-events.js';
import { inEachDocument, inPage, within } from './page-call.js';
import { describeMessages } from './page-messages.js';
import { bridgePasskeys, watchPasskeyScreen } from './page-passkey.js';
import { isSynced, joinReadies, nudgeReady, watchPage } from './page-watch.js';
import type { PageFact } from './page-world.js';
import { SessionPasskey } from './session-passkey.js';
import type { SessionVoice } from './session-voice.js';
import type { Browser, ClientHooks, Page, WebClient } from './web-client.js';

export interface EarsOptions {
  readonly voice: SessionVoice;
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
const HUNG: DriverFailure = { code: 'PAGE_HUNG', message: 'The page did not answer.' };
const LOGGED_OUT: DriverFailure = {
  code: 'LOGGED_OUT',
  message: 'The account was unlinked on the phone. Scan a new code.',
};

export class SessionEars {
  readonly passkey: SessionPasskey;
  readonly #options: EarsOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #client: WebClient | undefined;

  constructor(options: EarsOptions) {
    this.#options = options;
    this.passkey = new SessionPasskey(options.voice);
  }

  hearLibrary(client: WebClient, isOurs: (key: string) => boolean): void {
    this.#client = client;
    hearLibrary(client, { voice: this.#options.voice, isOurs, ready: () => this.#libraryReady(client) });
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
    await inEachDocument(page, describeMessages);
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
    inPage(page, watchPage, null).catch((cause: unknown) => {
      if (listens()) notice('The page cannot be watched.', cause);
    });
    inPage(page, watchPasskeyScreen, null).catch((cause: unknown) => {
      if (listens()) notice('The page cannot be watched for its passkey screen.', cause);
    });
    for (const delay of NUDGE_AFTER_MS)
      this.#later(delay, () => {
        if (voice.ready) return;
        // A page that cannot answer is told by its probe, its crash or its end.
        within(inPage(page, nudgeReady, null), IN_PAGE_MS, HUNG).catch(() => undefined);
      });
  }

  #fact(page: Page, fact: PageFact): void {
    const { voice, listens } = this.#options;
    if (SessionPasskey.concerns(fact)) {
      if (listens()) this.passkey.fact(page, fact);
      return;
    }
    voice.fact(fact);
    if (fact.type !== 'logout') return;
    if (this.#client) this.#client.sawLogout = true;
    // The library tells a logout at the navigation that follows; a page that cannot navigate never does.
    this.#later(IN_PAGE_MS, () => voice.lose(LOGGED_OUT));
  }

  #libraryReady(client: WebClient): void {
    const page = client.pupPage;
    if (!page) return;
    const me = identityOf(client.info);
    // Without a deadline: nobody waits for it, and a slow page that is given up here would never be said to be ready.
    inPage(page, isSynced, null).then(
      (synced) => this.#options.voice.readySaid(me, synced),
      // The page reloads or is gone; a `ready` of it would be worth nothing.
      () => undefined,
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
