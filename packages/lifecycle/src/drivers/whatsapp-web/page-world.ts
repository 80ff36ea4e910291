/** What of WhatsApp Web and of whatsapp-web.js's injected code is used from inside the page. */
import type { PasskeyOptions } from '../../domain/passkey.js';
import type { PageIds } from './page-ids.js';
import type { PageJournal } from './page-journal.js';
import type { PasskeyAnswer } from './page-passkey.js';
import type { PageRestriction, PageTimelock } from './page-timelock.js';

export interface PageWid {
  readonly _serialized: string;
  isLid(): boolean;
  isUser(): boolean;
}
interface Observable {
  on(event: string, listener: (model: unknown, value: unknown) => void): void;
}
export interface PageMessage {
  /** Its text is `String(id)`: see page-ids.ts. */
  readonly id: { readonly id: string; readonly fromMe: boolean };
  readonly ack?: number;
  unsafe(): unknown;
}
/** A chat, as far as a list of them tells of it. */
export interface PageChat {
  readonly id: PageWid;
  /** A getter of the page. */
  readonly formattedTitle?: string;
  readonly name?: string;
  /** Seconds. */
  readonly t?: number;
  /** -1: marked as unread by hand. */
  readonly unreadCount?: number;
  readonly archive?: boolean;
  readonly pin?: number | boolean;
  readonly mute?: { readonly expiration?: number };
}
export interface PageModules {
  WAWebSocketModel: {
    Socket: Observable & { state: string | null; hasSynced?: boolean; logout(): Promise<unknown> };
  };
  WAWebConnModel: { Conn: Observable };
  WAWebCmd: { Cmd: Observable & { refreshQR?(): void } };
  WAWebLaunchSocketUtils: { refreshQR(): void };
  WAWebLinkDeviceEvents: object;
  WAWebUserPrefsMeUser: {
    getMaybeMePnUser(): PageWid | null | undefined;
    getMaybeMeLidUser(): PageWid | null | undefined;
  };
  WAWebCollections: {
    Msg: {
      get(id: string): PageMessage | undefined;
      getModelsArray(): PageMessage[];
      getMessagesById(ids: string[]): Promise<{ messages?: (PageMessage | undefined)[] } | undefined>;
    };
    Chat: { get(id: PageWid): PageChat | undefined; getModelsArray(): PageChat[] };
    WAWebNewsletterCollection?: { get(id: PageWid): PageChat | undefined };
  };
  WAWebWidFactory: { createWid(id: string): PageWid };
  WAWebQueryExistsJob: { queryWidExists(wid: PageWid): Promise<{ wid?: PageWid } | null | undefined> };
  WAWebApiContact: {
    getCurrentLid(wid: PageWid): PageWid | null | undefined;
    getPhoneNumber(lid: PageWid): PageWid | null | undefined;
  };
  WAWebReachoutTimelockUtils: {
    readonly REACHOUT_TIMELOCK_IDB_KEY?: string;
    isUserReachoutTimelocked(): boolean;
    canSendMsgWhileTimelocked(of: { chat: unknown; contact: unknown }): boolean;
  };
  WAWebUserPrefsIndexedDBStorage: {
    userPrefsIdb: {
      get(key: string): { enforcement_type?: unknown; time_enforcement_ends?: unknown } | null | undefined;
    };
  };
  WAWebSendReactionMsgAction: { sendReactionToMsg(message: PageMessage, emoji: string): Promise<unknown> };
  WAWebMsgKey: { newId(): Promise<string> };
  WAWebMsgReply: { canReplyMsg(message: unknown): boolean };
  WALinkify: { findLink(text: string): object | undefined };
  WAWebLinkPreviewChatAction: { getLinkPreview(link: object): Promise<{ data?: object } | undefined> };
}
export interface PageWorld {
  require<Name extends keyof PageModules>(name: Name): PageModules[Name];
  readonly performance: { readonly timeOrigin: number };
  WWebJS?: {
    getChat(id: string, options: { getAsModel: boolean }): Promise<unknown>;
    sendSeen(chatId: string): Promise<boolean>;
    sendMessage(chat: unknown, content: string, options: object): Promise<PageMessage | undefined>;
  };
  /** Ours: see page-journal.ts. */
  wakeeperJournal?: PageJournal;
  /** Ours: see page-ids.ts. */
  wakeeperIds: PageIds;
  /** Ours: see page-timelock.ts. */
  wakeeperTimelock?: PageTimelock;
  /** Exposed by whatsapp-web.js. */
  onAppStateHasSyncedEvent?(): Promise<void>;
  /** Exposed by us; marks the document as watched. */
  wakeeperHears?(fact: PageFact): Promise<void>;
  wakeeperWatches?: boolean;
  wakeeperWatchesTimelock?: boolean;
  /** Ours: see page-passkey.ts. */
  wakeeperAnswersPasskey?(answer: PasskeyAnswer): boolean;
  wakeeperPasskeyAsked?: boolean;
  wakeeperWatchesPasskeys?: boolean;
}

/** What the page tells by itself. */
export type PageFact =
  /** `paired`: the page knows whose account it is. */
  | { readonly type: 'state'; readonly state: string | null; readonly paired: boolean }
  | { readonly type: 'synced'; readonly synced: boolean }
  | { readonly type: 'logout' }
  /** The page names its reason for a logout that follows, or has begun. */
  | { readonly type: 'logoutReason'; readonly reason: string }
  | { readonly type: 'timelock'; readonly restriction: PageRestriction | null }
  /** The screen that asks for a passkey is there. */
  | { readonly type: 'passkeyScreen' }
  /** The page waits for a passkey; `ask` counts its questions. */
  | { readonly type: 'passkeyAsked'; readonly ask: number; readonly options: PasskeyOptions }
  | { readonly type: 'passkeyCode'; readonly code: string; readonly confirm: boolean }
  | { readonly type: 'passkeyError'; readonly message: string | null };
