import type { PasskeyPageBuild } from './wire.js';

/**
 * Everything that can be made to go wrong. Set for all accounts or for one (by phone number); what is set for one wins.
 * A number where `true` is allowed means: that many times, then no more.
 */
export interface Faults {
  // The document
  /** `hang`: the document never finishes loading. `blank`: it loads, but WhatsApp never boots in it. `refuse`: the server
   * closes the connection (for all accounts only, since the server cannot know who asks). */
  page?: 'hang' | 'blank' | 'refuse';
  /** The same for the page that a logout leads to. For all accounts only: that page belongs to nobody any more. */
  pageAfterLogout?: 'hang' | 'blank';
  /** Modules that the page does not have: an incompatible update of WhatsApp Web. */
  missingModules?: string[];

  // Pairing
  /** A new QR ref every so many ms; 0: the first one is the last, and nothing says so. Default 20 000. */
  qrRefreshMs?: number;
  /** After this many refs the page becomes UNPAIRED_IDLE and waits to be asked. Default: no limit. */
  qrRefs?: number;
  /** The scan sets the ref to null, which the library takes for one more QR. */
  nullRefAfterScan?: boolean;
  /** Asking for a pairing code is refused, or never answered. */
  pairingCode?: 'refuse' | 'hang';
  /** A scan, or a typed code, is not enough: WhatsApp asks for a passkey of the account (see `registerPasskey`). */
  passkey?: PasskeyPageBuild & {
    /** Milliseconds of the options. Default 600 000. */
    timeout?: number;
    /** Default `whatsapp.com`. */
    rpId?: string;
    /** After the passkey a code: to be compared on the phone (`comparePasskeyCode`), or confirmed by itself (`skip`). Default: none. */
    code?: 'compare' | 'skip';
    /** WhatsApp refuses every passkey. */
    refuse?: boolean;
  };

  // The first minutes of a link
  /** The page reloads so long after it has shown a code, until the code is scanned or a pairing code is shown. */
  qrReloadMs?: number;
  /** One reload, so long after a link. */
  firstReloadMs?: number;
  /**
   * A dialog after the first `ready` of a fresh link, with a button that says `label` (Continue). Unless it is clicked, the
   * page ends the link `logoutMs` (300 000) after it. `deaf`: clicks change nothing.
   */
  onboarding?: { heading?: string; label?: string; logoutMs?: number; deaf?: boolean };
  /** A page that has loaded earlier messages of `status@broadcast` ends its link at its first reload. */
  statusRead?: boolean;
  /** Asking for a pairing code for a number that is linked logs that device out. */
  pairingRevokes?: boolean;
  /** The document after a logout leaves the marks of it in its address. For all accounts only, as `pageAfterLogout`. */
  keepsLogoutMarks?: boolean;
  /** Why the page logs out: a name of its own (`account_locked`), or the digit that it keeps for some of them. */
  logoutReason?: string;

  // Start and synchronisation
  /** How long the page synchronises after CONNECTED; null: until `pageCommand(phone, 'finishSync')`. */
  syncMs?: number | null;
  /** In how many steps it reports progress. Default 4. */
  progressSteps?: number;
  /** The page is synchronised at the moment it connects, before the library listens: no `ready`, ever. */
  loseReady?: boolean;
  /** A `ready` as soon as the library listens, long before the page is synchronised; the real one follows. */
  earlyReady?: boolean;
  /** How often the page says that it is synchronised. Default 1. */
  readyTimes?: number;
  /** After a lost and regained connection the page synchronises again: `ready` twice more. */
  resyncOnReconnect?: boolean;

  // The connection
  /** WhatsApp cannot be reached (`true`), or takes connections and never answers (`silent`). The page still loads. */
  offline?: boolean | 'silent';

  // The page's memory over a reload or restart
  /** `loaded`: past messages are in memory again. `newest`: the last one of each chat is, and the others can be loaded.
   * `stored`: found by `Msg.getMessagesById` only. `forgotten`: gone. */
  history?: 'loaded' | 'newest' | 'stored' | 'forgotten';
  /** Messages that the server had not taken are sent again, or have vanished. */
  outbox?: 'kept' | 'forgotten';

  // Sending
  /** What the page's own call does: refuse before (`rejectUnsent`) or after sending (`rejectSent`), or never return. */
  sendCall?: 'rejectUnsent' | 'rejectSent' | 'hangUnsent' | 'hangSent';
  /** The page's call returns this long after the message went out. */
  sendDelayMs?: number;
  /** The message is lost on the way to the server: neither delivered nor acknowledged. */
  drop?: boolean | number;
  /** The server refuses it: acknowledgement -1, no delivery. */
  refuse?: boolean | number;
  /** The server refuses messages to these recipients. */
  refuseTo?: string[];
  /** The server takes it and does not say so. `ack()` says it later. */
  withholdAcks?: boolean | number;
  /** The server says so this much later. */
  ackMs?: number;
  /** The upload of media is refused, or never ends. */
  upload?: 'refuse' | 'hang';
  /** A download finds nothing any more, or never ends. */
  download?: 'gone' | 'hang';
  /** The page finds no preview of a link, or fails while it looks. */
  linkPreview?: 'none' | 'reject';
  /** How long the page looks for the preview of a link. */
  linkPreviewMs?: number;
  /** A reaction of the account's own is refused, or never made. */
  reaction?: 'reject' | 'hang';
  /** Messages cannot be answered with a quotation, as some kinds cannot. */
  noQuoting?: boolean;

  /** WhatsApp has restricted the account: until then, in epoch milliseconds, no new chat may be opened. */
  timelock?: {
    until: number;
    /** WhatsApp's own word, such as `RESTRICT_ALL_COMPANIONS`. */
    kind: string;
    /** The page's own call rejects; by default the server refuses the message with acknowledgement -1. */
    rejects?: boolean;
  };

  // Numbers
  /** Phone numbers that are not on WhatsApp. */
  unregistered?: string[];
  /** Phone numbers that WhatsApp has in another writing, as it does where a country has lengthened its numbers. */
  registeredAs?: Record<string, string>;
  /** The question whether a number exists is refused, or never answered. */
  exists?: 'refuse' | 'hang';
  /** Numbers without a chat cannot be written to ("No LID for user"): at all, or until it was asked whether they exist. */
  noLid?: 'always' | 'untilAsked';

  // The rest
  /** How long the page stays after client.logout() before it navigates; 0: the call does not live to return. Default 300. */
  logoutNavigationMs?: number;
  /** Messages that came while the page was away: before it is ready (no `message` event) or after. Default before. */
  offlineMessages?: 'beforeReady' | 'afterReady';
  /** Messages that come in are stored, and the page raises no `add` for them. */
  silentAdd?: boolean;
}

export type FaultName = keyof Faults;

/** Who has which faults. */
export class FaultTable {
  readonly #forAll: Faults = {};
  readonly #byPhone = new Map<string, Faults>();

  set(faults: Faults, phone?: string): void {
    Object.assign(this.#own(phone), faults);
  }

  clear(phone?: string, names?: readonly FaultName[]): void {
    const own = this.#own(phone);
    for (const name of names ?? (Object.keys(own) as FaultName[])) delete own[name];
  }

  of(phone: string | undefined): Faults {
    return { ...this.#forAll, ...(phone === undefined ? undefined : this.#byPhone.get(phone)) };
  }

  /** Whether a page must ask who it is before it shows itself. */
  get concernThePage(): boolean {
    return [this.#forAll, ...this.#byPhone.values()].some(
      ({ page, pageAfterLogout, missingModules }) => page ?? pageAfterLogout ?? missingModules,
    );
  }

  /** Uses up one of a counted fault; says whether it strikes. */
  strikes(name: 'drop' | 'refuse' | 'withholdAcks', phone: string): boolean {
    const own = this.#byPhone.get(phone);
    const owner = own?.[name] === undefined ? this.#forAll : own;
    const left = owner[name];
    if (typeof left !== 'number') return left === true;
    if (left <= 0) return false;
    owner[name] = left - 1;
    return true;
  }

  #own(phone: string | undefined): Faults {
    if (phone === undefined) return this.#forAll;
    const own = this.#byPhone.get(phone) ?? {};
    this.#byPhone.set(phone, own);
    return own;
  }
}
