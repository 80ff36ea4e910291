/**
 * whatsapp-web.js's Client, with its background work under guard. The library lets these rejections go unhandled: its
 * injection after each navigation, its `destroy()` after a lost session, and the answers of its page cache. It also
 * removes a profile under the running browser, and injects twice where a page navigates within itself. All of that is
 * cut off at the source here; opening and closing the browser is the session's alone.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pRetry from 'p-retry';
import wwebjs from 'whatsapp-web.js';
import { messageOf } from '../../domain/errors.js';
import { DriverError } from '../../ports/driver.js';
import { isNavigation } from './driver-failure.js';
import { inPage } from './page-call.js';
import { documentOf } from './page-watch.js';

export type Page = NonNullable<wwebjs.Client['pupPage']>;
export type Browser = NonNullable<wwebjs.Client['pupBrowser']>;

/** What the library's own declarations leave out. */
interface ClientInternals {
  inject(): Promise<void>;
  initWebVersionCache(): Promise<void>;
  currentIndexHtml: string | null;
  lastLoggedOut: boolean;
  options: {
    puppeteer: object;
    proxyAuthentication: { readonly username: string; readonly password: string } | undefined;
  };
}
const LibraryClient = wwebjs.Client as unknown as new (
  options: wwebjs.ClientOptions,
) => wwebjs.Client & ClientInternals;

/** What a generation gives to its browser and hears of it. */
export interface ClientHooks {
  /** Puppeteer's options of the next launch. */
  launchOptions(): object;
  /** The browser runs and shows an empty page; WhatsApp Web is loaded when this resolves. */
  launched(browser: Browser, page: Page): Promise<void>;
  /** The library's code is in a new document. */
  injected(page: Page): void;
  /** The page has another document, without the library's code yet. */
  newDocument(): void;
  /** A document was loaded in which the library's code could not be set up. */
  injectionFailed(cause: unknown): void;
  /** A failure of background work, contained. */
  leaked(cause: unknown): void;
}

export interface WebClientOptions {
  readonly instanceId: string;
  /** LocalAuth's dataPath. */
  readonly folder: string;
  readonly versionFolder: string;
  readonly webVersion: string | undefined;
  readonly userAgent: string | undefined;
  /** window.Debug.VERSION must be there by then. */
  readonly authTimeoutMs: number;
}

/** One for the document that dies, and some for the documents that follow it while a page keeps navigating. */
const MAX_RETRIES = 8;
const FIRST_RETRY_MS = 50;
const WHATSAPP_WEB = 'https://web.whatsapp.com/';

interface AuthInternals
  extends Pick<wwebjs.AuthStrategy, 'setup' | 'onAuthenticationNeeded' | 'getAuthEventPayload'> {
  beforeBrowserInitialized(): Promise<void>;
  afterBrowserInitialized(): Promise<void>;
  afterAuthReady(): Promise<void>;
  disconnect(): Promise<void>;
  destroy(): Promise<void>;
  logout(): Promise<void>;
}
const LibraryLocalAuth = wwebjs.LocalAuth as unknown as new (options: {
  clientId: string;
  dataPath: string;
}) => AuthInternals;

/** The library's place for profiles, but the profile is removed by its owner, after the browser has ended. */
class ProfileAuth extends LibraryLocalAuth {
  readonly #client: () => WebClient;

  constructor(options: { clientId: string; dataPath: string }, client: () => WebClient) {
    super(options);
    this.#client = client;
  }
  override async beforeBrowserInitialized(): Promise<void> {
    const client = this.#client();
    client.options.puppeteer = client.hooks.launchOptions();
    await super.beforeBrowserInitialized();
  }
  override async afterBrowserInitialized(): Promise<void> {
    await this.#client().browserIsThere();
  }
  override async logout(): Promise<void> {}
}

export class WebClient extends LibraryClient {
  /** The account was unlinked while this client ran: its closures are stale, and it must not be used again. */
  sawLogout = false;
  readonly #settings: WebClientOptions;
  #hooks: ClientHooks | undefined;
  #initializing = false;
  #launched: Browser | undefined;
  #injectedDocument: number | undefined;
  #injecting: Promise<void> = Promise.resolve();

  constructor(settings: WebClientOptions) {
    const auth = new ProfileAuth({ clientId: settings.instanceId, dataPath: settings.folder }, () => {
      if (!this) throw new Error('The client is not built yet.');
      return this;
    });
    super({
      authStrategy: auth,
      authTimeoutMs: settings.authTimeoutMs,
      // Two web clients on one account must not fight: a person decides.
      takeoverOnConflict: false,
      qrMaxRetries: 0,
      webVersionCache: { type: 'local', path: settings.versionFolder },
      ...(settings.webVersion ? { webVersion: settings.webVersion } : {}),
      ...(settings.userAgent ? { userAgent: settings.userAgent } : {}),
    });
    this.#settings = settings;
  }

  /** A launch whose browser ended may hang in the library for a while: that client is not to be opened again. */
  get mayOpenAgain(): boolean {
    return !this.sawLogout && !this.#initializing;
  }

  /** Of the generation that uses the client now: set before each `initialize()`. */
  get hooks(): ClientHooks {
    if (!this.#hooks) throw new Error('The client belongs to no generation yet.');
    return this.#hooks;
  }
  set hooks(hooks: ClientHooks) {
    this.#hooks = hooks;
  }

  override async initialize(): Promise<void> {
    this.#initializing = true;
    this.#injectedDocument = undefined;
    this.currentIndexHtml = null;
    try {
      await super.initialize();
    } finally {
      this.#initializing = false;
    }
    // The library listens to navigations only now: a page that was loaded anew just before would stay without it.
    await this.inject();
  }

  /** The library calls it once the browser runs, and again after a logout. */
  async browserIsThere(): Promise<void> {
    const { pupBrowser: browser, pupPage: page } = this;
    if (!browser || !page || browser === this.#launched) return;
    this.#launched = browser;
    await this.hooks.launched(browser, page);
  }

  /** Closing is the session's: what the library starts here without waiting for it would race that. */
  override async destroy(): Promise<void> {}

  override async inject(): Promise<void> {
    if (this.#initializing) {
      await this.#injectFirst();
      return;
    }
    // One after the other: two at once attach every listener twice.
    const turn = this.#injecting.then(() => this.#injectAgain());
    this.#injecting = turn;
    await turn;
  }

  /**
   * A page that finds at its start that its device was removed navigates under the library's feet. It says so more than
   * once while the old document dies, so a few attempts are made, each on whatever document is there.
   */
  async #injectFirst(): Promise<void> {
    const inject = async (attempt: number) => {
      await this.#injectNow().catch(asError);
      // Said by the document before: the library would take the next navigation for a logout of this one.
      if (attempt > 1) this.lastLoggedOut = false;
    };
    await pRetry(inject, {
      retries: MAX_RETRIES,
      minTimeout: FIRST_RETRY_MS,
      factor: 1.5,
      shouldRetry: ({ error }) => isOvertaken(error),
    });
  }

  /** Never rejects: nobody waits for it. */
  async #injectAgain(): Promise<void> {
    const page = this.pupPage;
    if (!page || page.isClosed() || this.sawLogout) return;
    try {
      // Frames and `pushState` count as navigations to the library; the document and our code in it are the same.
      if ((await inPage(page, documentOf, null)) === this.#injectedDocument) return;
      this.hooks.newDocument();
      await this.#injectNow();
    } catch (error) {
      // Another document follows, with an injection of its own; or the page is gone, which the session learns from its close event.
      if (isOvertaken(error) || page.isClosed() || !this.pupBrowser?.connected) this.hooks.leaked(error);
      else this.hooks.injectionFailed(error);
    }
  }

  /** The library injects in several calls. Where the page navigates between two of them, each document gets only a part. */
  async #injectNow(): Promise<void> {
    const page = this.pupPage;
    if (!page) throw new Error('There is no page to inject into.');
    const document = await inPage(page, documentOf, null);
    const isTheSame = async () => (await inPage(page, documentOf, null)) === document;
    let failed: unknown;
    try {
      await super.inject();
      if (await isTheSame()) {
        this.#injectedDocument = document;
        this.hooks.injected(page);
        return;
      }
    } catch (error) {
      if (isNavigation(error)) throw error;
      if (!lacksBinding(error) && (await isTheSame())) throw error;
      failed = error;
    }
    // A part cannot be completed: a second injection would attach the library's listeners twice, and puppeteer exposes
    // no function twice. A new document starts with none of it.
    await page.reload({ waitUntil: 'load', timeout: this.#settings.authTimeoutMs });
    throw new DocumentReplaced(failed);
  }

  /** As the library's, with its answers under guard, and with a pinned version that is missing said plainly. */
  override async initWebVersionCache(): Promise<void> {
    const page = this.pupPage;
    if (!page) throw new Error('There is no page to prepare.');
    const { webVersion, versionFolder } = this.#settings;
    const leaked = (cause: unknown) => this.hooks.leaked(cause);
    if (!webVersion) {
      // The library keeps the page that became ready in this folder, under its version.
      await mkdir(versionFolder, { recursive: true });
      page.on('response', (response) => {
        if (!response.ok() || response.url() !== WHATSAPP_WEB) return;
        response.text().then((html) => {
          this.currentIndexHtml = html;
        }, leaked);
      });
      return;
    }
    const file = join(versionFolder, `${webVersion}.html`);
    const html = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new DriverError(
        {
          code: 'VERSION_NOT_SUPPORTED',
          message: `WEB_VERSION is ${webVersion}, and ${file} cannot be read (${messageOf(cause)}). Put the page of that version there, or unset WEB_VERSION.`,
        },
        cause,
      );
    });
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      const answer =
        request.url() === WHATSAPP_WEB
          ? request.respond({ status: 200, contentType: 'text/html', body: html })
          : request.continue();
      answer.catch(leaked);
    });
  }
}

/** The page navigated while the library was injected. */
class DocumentReplaced extends Error {
  constructor(cause?: unknown) {
    super('The page was loaded anew while whatsapp-web.js was injected.', { cause });
  }
}
/** Puppeteer holds that the page has a function, and this document came too early to get it. */
const lacksBinding = (thrown: unknown): boolean => /page binding .* already exists/.test(messageOf(thrown));
const isOvertaken = (thrown: unknown): boolean => thrown instanceof DocumentReplaced || isNavigation(thrown);

/** The library throws strings, of which p-retry would make an error of its own. */
function asError(thrown: unknown): never {
  throw thrown instanceof Error ? thrown : new Error(messageOf(thrown), { cause: thrown });
}
