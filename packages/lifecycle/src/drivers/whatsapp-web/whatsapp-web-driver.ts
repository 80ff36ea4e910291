/**
 * The driver over whatsapp-web.js: who has which browser. It owns AUTH_BASE_DIR, and never lets two browsers onto one
 * profile: each instance has at most one session, and the next begins when the last process of the one before is gone.
 */
import { join } from 'node:path';
import type { Chat, NumberLookup } from '../../domain/directory.js';
import { messageOf } from '../../domain/errors.js';
import type { IgnorableChat } from '../../domain/inbound.js';
import type { PageReport } from '../../domain/page-report.js';
import type { PasskeyAssertion } from '../../domain/passkey.js';
import {
  type ChatsRequest,
  type CloseRequest,
  type Driver,
  DriverError,
  type DriverFailure,
  type FailureCode,
  type FetchedMessages,
  type FetchMediaRequest,
  type FetchMessagesRequest,
  type GenerationRef,
  type MediaAnswer,
  type NumberRequest,
  type OpenRequest,
  type SendReport,
  type SendRequest,
  type Sighting,
} from '../../ports/driver.js';
import { findBrowser } from './browser-finder.js';
import { containPipeErrors } from './browser-pipes.js';
import { endProcessesOn } from './browser-reaper.js';
import { removeStaleLocks } from './chromium-locks.js';
import { failureOf, isNavigation } from './driver-failure.js';
import { FRESH_MS } from './fresh-link.js';
import { proxyCredentials } from './launch-options.js';
import { markReadInPage, reactInPage } from './page-acts.js';
import { inPage } from './page-call.js';
import { listChats, lookUpNumber } from './page-directory.js';
import { logoutInPage, probePage } from './page-watch.js';
import { askForCode } from './pairing-code.js';
import { ProfileLock } from './profile-lock.js';
import { Profiles } from './profiles.js';
import { fetchMedia, fetchMessages } from './session-history.js';
import { inWords } from './torn-writes.js';
import { type Page, WebClient } from './web-client.js';
import { type Ground, WebSession } from './web-session.js';
import {
  type ResolvedOptions,
  resolveWhatsAppWebOptions,
  startNotices,
  type WhatsAppWebOptions,
} from './whatsapp-web-options.js';

/** window.Debug.VERSION must be there by then: slow where several browsers start at once. */
const AUTH_TIMEOUT_MS = 60_000;
const REAP_WITHIN_MS = 5_000;
/** How long a logout may take after WhatsApp has confirmed it. */
const CLOSE_AFTER_LOGOUT_MS = 8_000;

type Deadline = GenerationRef & { readonly deadlineMs: number };

/** AUTH_BASE_DIR, found and locked. */
interface Home {
  readonly profiles: Profiles;
  readonly lock: ProfileLock;
}

export class WhatsAppWebDriver implements Driver {
  readonly name = 'whatsapp-web';
  readonly #options: ResolvedOptions;
  readonly #sessions = new Map<string, WebSession>();
  /** Clients that a soft rung may open again. */
  readonly #clients = new Map<string, WebClient>();
  /** When the phone has linked an instance, as far as this process has seen it. */
  readonly #linkedAt = new Map<string, number>();
  readonly #letPipesBreak = containPipeErrors();
  #home: Promise<Home> | undefined;
  #shutdown: Promise<void> | undefined;

  constructor(options: WhatsAppWebOptions) {
    this.#options = resolveWhatsAppWebOptions(options);
    for (const message of startNotices(this.#options)) this.#options.onNotice({ instanceId: null, message });
  }

  async open(request: OpenRequest): Promise<void> {
    const { instanceId, generation } = request;
    const before = this.#sessions.get(instanceId);
    if (this.#shutdown) throw new DriverError({ code: 'ABORTED', message: 'The driver is shut down.' });
    if (before?.holds)
      throw new DriverError({
        code: 'PROFILE_IN_USE',
        message: `Generation ${before.generation} of ${instanceId} has its browser open. Close it before ${generation} is opened.`,
      });
    const session = new WebSession({
      request,
      before,
      chromeArgs: this.#options.chromeArgs,
      pageLayer: this.#options.pageLayer,
      qrStallMs: this.#options.qrStallMs,
      initializeTimeoutMs: this.#options.initializeTimeoutMs,
      onboardingLabels: this.#options.onboardingLabels,
      linked: () => this.#linkedAt.set(instanceId, performance.now()),
      notice: (message, cause) =>
        this.#options.onNotice({ instanceId, message, ...(cause === undefined ? {} : { cause }) }),
    });
    this.#sessions.set(instanceId, session);
    try {
      await session.open((signal) => this.#prepare(request, signal));
    } catch (error) {
      if (this.#sessions.get(instanceId) === session) this.#sessions.delete(instanceId);
      throw error;
    }
  }

  /** Everything that must hold before a browser may start. @throws DriverError, or the signal's reason */
  async #prepare({ instanceId, rung, proxy }: OpenRequest, signal: AbortSignal): Promise<Ground> {
    const browserPath = findBrowser(this.#options.chromePath);
    const proxyAuthentication = proxyCredentials(proxy);
    const { profiles } = await this.#openHome();
    signal.throwIfAborted();
    const profile = await profiles.prepare(instanceId);
    signal.throwIfAborted();
    const left = await endProcessesOn(profile, REAP_WITHIN_MS);
    if (left.length > 0 || !(await removeStaleLocks(profile)))
      throw new DriverError({
        code: 'PROFILE_IN_USE',
        message: `A browser left behind works on ${profile} (process ${left.join(', ')}) and cannot be ended. End it as its user, or restart the host.`,
      });
    for (const damage of await profiles.mendTornWrites(instanceId))
      this.#options.onNotice({ instanceId, message: inWords(damage) });
    const kept = this.#clients.get(instanceId);
    this.#clients.delete(instanceId);
    const client = rung === 'soft' && kept?.mayOpenAgain ? kept : this.#newClient(instanceId, profiles);
    client.options.proxyAuthentication = proxyAuthentication;
    return { client, browserPath, profile };
  }

  #newClient(instanceId: string, profiles: Profiles): WebClient {
    const { webVersion, userAgent } = this.#options;
    return new WebClient({
      instanceId,
      folder: profiles.folder(instanceId),
      versionFolder: join(profiles.directory, '.web-versions'),
      webVersion,
      userAgent,
      authTimeoutMs: AUTH_TIMEOUT_MS,
    });
  }

  async probe(request: Deadline): Promise<void> {
    const session = this.#session(request);
    await orDriverError(
      session.call((page) => inPage(page, probePage, null), request.deadlineMs),
      'PROBE_FAILED',
    );
  }

  async testPage(request: Deadline): Promise<void> {
    await orDriverError(this.#session(request).testPage(request.deadlineMs), 'PROBE_FAILED');
  }

  /** Of a page that waits for a scan: what is there before. @throws DriverError */
  async testUnlinkedPage(request: Deadline): Promise<PageReport> {
    return orDriverError(this.#session(request).testUnlinkedPage(request.deadlineMs), 'PROBE_FAILED');
  }

  async reload(request: Deadline): Promise<void> {
    const session = this.#session(request);
    await orDriverError(session.reload(request.deadlineMs), 'RELOAD_FAILED');
  }

  async send(request: SendRequest): Promise<SendReport> {
    try {
      const session = this.#session(request);
      return await session.sending.send(session.page, request);
    } catch (thrown) {
      return { outcome: 'unsent', code: 'PAGE_UNAVAILABLE', message: messageOf(thrown) };
    }
  }

  async findSent(
    request: Deadline & { readonly to: string; readonly messageKey: string; readonly attemptedAt?: number },
  ): Promise<Sighting> {
    const session = this.#session(request);
    return session.sending.find(session.page, request);
  }

  async lookupNumber(request: NumberRequest): Promise<NumberLookup> {
    const ask = (page: Page) => lookUpNumber(page, request);
    return orDriverError(this.#session(request).call(ask, request.deadlineMs), 'PROBE_FAILED');
  }

  async listChats(request: ChatsRequest): Promise<readonly Chat[]> {
    const ask = (page: Page) => listChats(page, request);
    return orDriverError(this.#session(request).call(ask, request.deadlineMs), 'PROBE_FAILED');
  }

  async requestPairingCode(request: Deadline & { readonly phoneNumber: string }): Promise<string> {
    const session = this.#session(request);
    const ask = async (tryMs: number): Promise<string> => {
      const { client } = session;
      if (!client || session.authenticated)
        throw new DriverError({ code: 'PROBE_FAILED', message: 'The instance is not waiting to be paired.' });
      return session.call(() => client.requestPairingCode(request.phoneNumber), tryMs);
    };
    return orDriverError(askForCode(ask, request.deadlineMs), 'PROBE_FAILED');
  }

  async submitPasskey(request: Deadline & { readonly assertion: PasskeyAssertion }): Promise<void> {
    const { assertion, deadlineMs } = request;
    return orDriverError(this.#session(request).submitPasskey(assertion, deadlineMs), 'PROBE_FAILED');
  }

  async fetchMessages(request: FetchMessagesRequest): Promise<FetchedMessages> {
    const session = this.#session(request);
    const linkedAt = this.#linkedAt.get(request.instanceId);
    // Reading the status has been seen to cost a link of a few minutes (OpenWA#1040): even if it is asked for.
    const isFresh = linkedAt !== undefined && performance.now() - linkedAt < FRESH_MS;
    const ignore: readonly IgnorableChat[] = isFresh ? [...request.ignore, 'status'] : request.ignore;
    return orDriverError(fetchMessages(session, { ...request, ignore }), 'PROBE_FAILED');
  }

  async fetchMedia(request: FetchMediaRequest): Promise<MediaAnswer> {
    const session = this.#session(request);
    return orDriverError(fetchMedia(session, request), 'PROBE_FAILED');
  }

  async react(request: Deadline & { readonly messageId: string; readonly emoji: string }): Promise<boolean> {
    const { messageId, emoji, deadlineMs } = request;
    const act = (page: Page) => inPage(page, reactInPage, { messageId, emoji });
    return orDriverError(this.#session(request).call(act, deadlineMs), 'PROBE_FAILED');
  }

  async markRead(request: Deadline & { readonly chatId: string }): Promise<boolean> {
    const { chatId, deadlineMs } = request;
    const act = (page: Page) => inPage(page, markReadInPage, { chatId });
    return orDriverError(this.#session(request).call(act, deadlineMs), 'PROBE_FAILED');
  }

  async screenshot(request: Deadline): Promise<Uint8Array> {
    const session = this.#session(request);
    const take = (page: Page) => page.screenshot({ type: 'png' });
    return orDriverError(session.call(take, request.deadlineMs), 'PROBE_FAILED');
  }

  async logout(request: Deadline): Promise<void> {
    const { instanceId, deadlineMs } = request;
    const began = performance.now();
    const session = this.#session(request);
    const closeMs = Math.min(CLOSE_AFTER_LOGOUT_MS, deadlineMs / 2);
    session.expectLogout(true);
    try {
      await orDriverError(session.call(unlink, deadlineMs - closeMs), 'PROBE_FAILED');
    } catch (error) {
      session.expectLogout(false);
      throw error;
    }
    const leftMs = Math.max(closeMs, deadlineMs - (performance.now() - began));
    await this.#closeSession(session, { instanceId, mode: 'graceful', deadlineMs: leftMs });
    await (await this.#openHome()).profiles.remove(instanceId);
  }

  async close(request: CloseRequest): Promise<void> {
    const { instanceId, mode } = request;
    const session = this.#sessions.get(instanceId);
    if (session) await this.#closeSession(session, request);
    else if (mode !== 'soft') this.#clients.delete(instanceId);
    if (mode !== 'forget') return;
    try {
      await (await this.#openHome()).profiles.remove(instanceId);
    } catch (cause) {
      this.#options.onNotice({ instanceId, message: 'The profile cannot be removed.', cause });
    }
  }

  async #closeSession(session: WebSession, { instanceId, mode, deadlineMs }: CloseRequest): Promise<void> {
    if (mode === 'soft' && session.client?.mayOpenAgain) this.#clients.set(instanceId, session.client);
    else this.#clients.delete(instanceId);
    await session.close(mode, deadlineMs);
    if (this.#sessions.get(instanceId) === session) this.#sessions.delete(instanceId);
  }

  async remove(instanceId: string): Promise<void> {
    const session = this.#sessions.get(instanceId);
    if (session?.holds)
      throw new DriverError({
        code: 'PROFILE_IN_USE',
        message: `${instanceId} has its browser open. Close it first.`,
      });
    await session?.ended;
    const { profiles } = await this.#openHome();
    await endProcessesOn(profiles.profile(instanceId), REAP_WITHIN_MS);
    await profiles.remove(instanceId);
    this.#linkedAt.delete(instanceId);
  }

  async adopt({
    instanceId,
    source,
  }: {
    readonly instanceId: string;
    readonly source: string;
  }): Promise<void> {
    const { profiles } = await this.#openHome();
    await profiles.adopt(instanceId, source);
  }

  shutdown(): Promise<void> {
    this.#shutdown ??= this.#shutDown();
    return this.#shutdown;
  }

  async #shutDown(): Promise<void> {
    const deadlineMs = this.#options.shutdownTimeoutMs;
    await Promise.all(
      [...this.#sessions.keys()].map((instanceId) =>
        this.close({ instanceId, mode: 'graceful', deadlineMs }),
      ),
    );
    this.#clients.clear();
    this.#letPipesBreak();
    // A directory that could not be opened holds nothing that must be given up.
    const home = await this.#home?.catch(() => undefined);
    await home?.lock.release();
  }

  /** The session of exactly this generation. @throws DriverError */
  #session({ instanceId, generation }: GenerationRef): WebSession {
    const session = this.#sessions.get(instanceId);
    if (session?.generation === generation) return session;
    throw new DriverError({
      code: 'PAGE_CLOSED',
      message: `Generation ${generation} of ${instanceId} is not open.`,
    });
  }

  /** Held from the first use until shutdown; tried again at each use while somebody else has it. @throws DriverError */
  async #openHome(): Promise<Home> {
    this.#home ??= this.#findHome().catch((error: unknown) => {
      this.#home = undefined;
      throw error;
    });
    const home = await this.#home;
    await home.lock.acquire();
    return home;
  }

  async #findHome(): Promise<Home> {
    const profiles = await Profiles.open(this.#options.authBaseDir);
    const lock = new ProfileLock({
      directory: profiles.directory,
      waitMs: this.#options.lockWaitMs,
      onLost: (failure) => this.#loseEverything(failure),
    });
    return { profiles, lock };
  }

  /** Somebody else owns the profiles now: every browser of ours on them must go at once. */
  #loseEverything(failure: DriverFailure): void {
    this.#options.onNotice({ instanceId: null, message: failure.message });
    for (const session of this.#sessions.values()) {
      session.lose(failure);
      void session.close('kill', REAP_WITHIN_MS);
    }
  }
}

/** @throws DriverError, with this code where nothing better is known. */
async function orDriverError<T>(promise: Promise<T>, otherwise: FailureCode): Promise<T> {
  try {
    return await promise;
  } catch (thrown) {
    throw thrown instanceof DriverError ? thrown : new DriverError(failureOf(thrown, otherwise), thrown);
  }
}

/** A page that navigates under the call has done so because it was logged out. */
const unlink = (page: Page): Promise<void> =>
  inPage(page, logoutInPage, null).catch((thrown: unknown) => {
    if (!isNavigation(thrown)) throw thrown;
  });
