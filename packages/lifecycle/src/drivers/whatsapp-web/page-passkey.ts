/**
 * Functions that run in the page where an account is linked with a passkey. No headless browser holds the passkey, so the
 * page's question goes to the person who does, and the answer of that person's own browser comes back. Each stands alone.
 */
import type { PasskeyAssertion, PasskeyOptions } from '../../domain/passkey.js';
import type { PageWorld } from './page-world.js';

interface CredentialRequest {
  readonly publicKey?: object;
  readonly signal?: { readonly reason: unknown; addEventListener(type: 'abort', listener: () => void): void };
}
interface PageElement {
  readonly dataset: { readonly testid?: string };
  readonly textContent: string | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
  click(): void;
}
/** What of a browser's own interfaces is used here. */
interface Browser extends PageWorld {
  readonly CredentialsContainer?: {
    readonly prototype: { get(request?: CredentialRequest): Promise<unknown> };
  };
  readonly DOMException: new (message: string, name: string) => Error;
  readonly document: {
    readonly body: PageElement | null;
    querySelector(selector: string): PageElement | null;
  };
  readonly MutationObserver: new (
    listener: () => void,
  ) => {
    observe(target: unknown, options: { readonly childList: boolean; readonly subtree: boolean }): void;
    disconnect(): void;
  };
}

export interface PasskeyAnswer {
  readonly ask: number;
  /** Null: none came in time. */
  readonly assertion: PasskeyAssertion | null;
}

/** Runs before anything else in each document: what asks for a passkey waits for `answerPasskey`. */
export function bridgePasskeys(): void {
  const page = globalThis as unknown as Browser;
  const container = page.CredentialsContainer?.prototype;
  if (!container) return;
  const own = container.get;
  const waiting = new Map<number, { resolve(credential: unknown): void; reject(error: unknown): void }>();
  let asks = 0;
  const textOf = (bytes: Uint8Array): string =>
    btoa(String.fromCharCode(...bytes))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=/g, '');
  const bytesOf = (text: string): ArrayBuffer =>
    Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))
      .buffer;
  /** As the browsers' own JSON has it. */
  const plain = (value: unknown): unknown => {
    if (value instanceof ArrayBuffer) return textOf(new Uint8Array(value));
    if (ArrayBuffer.isView(value))
      return textOf(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
  };
  container.get = function get(this: unknown, request?: CredentialRequest): Promise<unknown> {
    const { publicKey, signal } = request ?? {};
    const tell = page.wakeeperHears;
    if (!publicKey || !tell) return own.call(this as never, request);
    asks += 1;
    const ask = asks;
    page.wakeeperPasskeyAsked = true;
    return new Promise((resolve, reject) => {
      waiting.set(ask, { resolve, reject });
      signal?.addEventListener('abort', () => {
        if (waiting.delete(ask)) reject(signal.reason);
      });
      tell({ type: 'passkeyAsked', ask, options: plain(publicKey) as PasskeyOptions }).catch(reject);
    });
  };
  page.wakeeperAnswersPasskey = ({ ask, assertion }) => {
    const asked = waiting.get(ask);
    if (!asked) return false;
    waiting.delete(ask);
    if (!assertion) {
      const message = 'The operation either timed out or was not allowed.';
      asked.reject(new page.DOMException(message, 'NotAllowedError'));
      return true;
    }
    const { id, rawId, type, response } = assertion;
    asked.resolve({
      id,
      rawId: bytesOf(rawId),
      type,
      authenticatorAttachment: 'cross-platform',
      response: {
        clientDataJSON: bytesOf(response.clientDataJSON),
        authenticatorData: bytesOf(response.authenticatorData),
        signature: bytesOf(response.signature),
        userHandle: response.userHandle === null ? null : bytesOf(response.userHandle),
      },
      getClientExtensionResults: () => ({}),
    });
    return true;
  };
}

/** False where nothing waits for it any more. */
export function answerPasskey(answer: PasskeyAnswer): boolean {
  return (globalThis as unknown as PageWorld).wakeeperAnswersPasskey?.(answer) ?? false;
}

/**
 * Presses the buttons of the page's passkey screen, which otherwise waits for a person in front of it, and reports what it
 * shows. The screen is known by its test ids and by the page's own events; where a button has no test id, it must be the
 * only one there.
 */
export function watchPasskeyScreen(): void {
  const page = globalThis as unknown as Browser;
  const { Socket } = page.require('WAWebSocketModel');
  if (page.wakeeperWatchesPasskeys || !page.document.body || Socket.state === 'CONNECTED') return;
  page.wakeeperWatchesPasskeys = true;
  const tell = (fact: Parameters<NonNullable<PageWorld['wakeeperHears']>>[0]) => {
    page.wakeeperHears?.(fact).catch(() => undefined);
  };
  const byTestId = (id: string) => page.document.querySelector(`[data-testid="${id}"]`);
  const pressed = new Set<PageElement>();
  let isAnnounced = false;
  let isShown = false;
  let code: string | null = null;
  let confirms = false;

  const onlyButton = (card: PageElement): PageElement | null => {
    const buttons = [...card.querySelectorAll('button, [role="button"]')].filter(
      ({ dataset }) => dataset.testid !== 'shortcake_cancel_button',
    );
    return buttons.length === 1 ? (buttons[0] ?? null) : null;
  };
  const press = (button: PageElement | null) => {
    if (!button || pressed.has(button)) return;
    pressed.add(button);
    button.click();
  };
  const foundCode = (given: string, isToBeConfirmed: boolean) => {
    if (given === code) return;
    code = given;
    confirms = isToBeConfirmed;
    tell({ type: 'passkeyCode', code, confirm: confirms });
  };
  const look = () => {
    listenToEvents();
    const screen =
      byTestId('shortcake_passkey_screen') ??
      byTestId('shortcake_passkey_prompt_card') ??
      (isAnnounced ? (page.document.querySelector('[role="dialog"]') ?? page.document.body) : null);
    if (!screen) return;
    if (!isShown) tell({ type: 'passkeyScreen' });
    isShown = true;
    if (!page.wakeeperPasskeyAsked) {
      press(byTestId('shortcake_passkey_continue_button') ?? onlyButton(screen));
      return;
    }
    const shown = /\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/.exec(screen.textContent ?? '')?.[0];
    if (shown && code === null) foundCode(shown, onlyButton(screen) !== null);
    if (confirms) press(onlyButton(screen));
  };

  /** What the page says is read by its kind, since only the names of its events are known. */
  const fieldsOf = (values: readonly unknown[]): unknown[] =>
    values.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : [value]));
  const hear: Readonly<Record<string, (values: readonly unknown[]) => void>> = {
    shortcake_prologue_sent: () => {
      isAnnounced = true;
    },
    shortcake_verification_code_ready: (values) => {
      const fields = fieldsOf(values);
      const given = fields.find(
        (field) => typeof field === 'string' && /^[0-9A-Z]{4}-?[0-9A-Z]{4}$/.test(field),
      );
      const skips = fields.find((field) => typeof field === 'boolean');
      if (given) foundCode(String(given).replace(/^(....)-?/, '$1-'), skips !== true);
    },
    shortcake_error: (values) => {
      const word = fieldsOf(values).find(
        (field) => typeof field === 'string' && /^[\w .:-]{1,80}$/.test(field),
      );
      tell({ type: 'passkeyError', message: word ? String(word) : null });
    },
  };
  let listens = false;
  /** The module may be registered late. A page without it is known by what it shows. */
  function listenToEvents(): void {
    if (listens) return;
    let events: object;
    try {
      events = page.require('WAWebLinkDeviceEvents');
    } catch {
      return;
    }
    listens = true;
    for (const emitter of [events, ...Object.values(events)] as { on?: unknown }[])
      if (typeof emitter?.on === 'function')
        for (const [name, act] of Object.entries(hear))
          emitter.on(`link_device_events:${name}`, (...values: readonly unknown[]) => {
            act(values);
            look();
          });
  }
  const observer = new page.MutationObserver(look);
  observer.observe(page.document.body, { childList: true, subtree: true });
  Socket.on('change:state', (_model, state) => {
    if (state === 'CONNECTED') observer.disconnect();
  });
  look();
}
