/**
 * Driver: the port through which an instance talks to WhatsApp. One object for the whole process; every call names the
 * instance, and the generation (one `initialize()` of its client) that it means.
 *
 * Rules that every adapter keeps, and that the contract suite (driver.contract.ts) checks:
 * - No call throws synchronously, and no promise stays pending for ever: each has a deadline of its own or a signal.
 * - A generation says nothing after its `close` has resolved.
 * - `close` is idempotent and joinable: calls at the same time share one teardown, and it always resolves.
 */

import type { Chat, ChatPlace, NumberLookup } from '../domain/directory.js';
import type {
  EditFact,
  HeardMessage,
  HeardVote,
  IgnorableChat,
  ReactionFact,
  RevocationFact,
  UnreadableMessage,
} from '../domain/inbound.js';
import type { AccountIdentity, Rung } from '../domain/instance-state.js';
import type { Ack, ItemContent } from '../domain/message.js';
import type { PageCapability, PageReport } from '../domain/page-report.js';
import type { PasskeyAssertion, PasskeyOptions } from '../domain/passkey.js';
import type { RecipientCheck } from '../domain/recipient.js';
import type { AccountRestriction } from '../domain/restriction.js';

export interface GenerationRef {
  readonly instanceId: string;
  readonly generation: number;
}

export interface OpenRequest extends GenerationRef {
  /** `soft`: initialize the client of the generation before, when there is one. `hard`: a new client. */
  readonly rung: Rung;
  readonly proxy: string | null;
  /** The operator's labels of the instance: what a driver does to some instances only, it knows by them. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Aborted when the generation is given up; also in the middle of a launch. */
  readonly signal: AbortSignal;
  /** How the generation speaks. Called from any moment on, never after `close` has resolved. */
  readonly hear: (event: DriverEvent) => void;
}

/** WhatsApp's own socket states that wakeeper acts upon; any other string may come too. */
export type SocketState =
  | 'OPENING'
  | 'PAIRING'
  | 'TIMEOUT'
  | 'CONNECTED'
  | 'CONFLICT'
  | 'UNPAIRED'
  | (string & {});

export type DriverEvent =
  /** A code to scan. */
  | { readonly type: 'qr'; readonly qr: string }
  /** No new code came in time, and the present one is stale: the page has stopped. */
  | { readonly type: 'qrStalled' }
  | { readonly type: 'pairingCode'; readonly code: string }
  /** The phone has scanned; `authenticated` comes much later. */
  | { readonly type: 'scanned' }
  /** The link goes on only with a passkey of the account: the page waits for `submitPasskey` until then (epoch milliseconds). */
  | { readonly type: 'passkeyRequired'; readonly options: PasskeyOptions; readonly expiresAt: number }
  /** The page has the assertion; a code, an error or the account follows. */
  | { readonly type: 'passkeyGiven' }
  /** The phone shows a code too. `confirm`: a person has to compare the two; the page's own button is pressed already. */
  | { readonly type: 'passkeyCode'; readonly code: string; readonly confirm: boolean }
  /** The linking came to nothing, for a reason in words. The page is of no use any more. */
  | { readonly type: 'passkeyFailed'; readonly reason: string }
  /** The page is receiving history; percent where known. */
  | { readonly type: 'syncProgress'; readonly percent: number | null }
  | { readonly type: 'authenticated' }
  | { readonly type: 'ready'; readonly me: AccountIdentity | null }
  | { readonly type: 'socketState'; readonly state: SocketState }
  /** The self-test has run in the present document: before each `ready`, after `testPage`, and when the page is suspected. */
  | { readonly type: 'pageTested'; readonly report: PageReport }
  /** An uncaught error in the page, kept for the reason when `ready` never comes. */
  | { readonly type: 'pageError'; readonly message: string }
  /** The page's process died; the browser lives. */
  | { readonly type: 'pageCrashed'; readonly message: string }
  /** The page shows a dialog that waits for a person: trying its buttons has changed nothing. The session runs on. */
  | { readonly type: 'actionRequired'; readonly heading: string; readonly labels: readonly string[] }
  /** The dialog of `actionRequired` is gone. */
  | { readonly type: 'actionTaken' }
  /** The session ended by itself: browser gone, page closed, or whatsapp-web.js said `disconnected`. */
  | { readonly type: 'lost'; readonly failure: DriverFailure }
  /** Somebody else wrote. */
  | { readonly type: 'inbound'; readonly message: HeardMessage }
  /** Written in the name of the account. `ours`: by `send` of this generation, as far as is remembered. */
  | { readonly type: 'created'; readonly message: HeardMessage; readonly ours: boolean }
  | { readonly type: 'edited'; readonly edit: EditFact }
  | { readonly type: 'revoked'; readonly revocation: RevocationFact }
  | { readonly type: 'reaction'; readonly reaction: ReactionFact }
  | { readonly type: 'ack'; readonly messageId: string; readonly messageKey: string; readonly ack: Ack }
  | { readonly type: 'pollVote'; readonly vote: HeardVote }
  /** The page has no key for a message yet. Once it has, the message comes as `inbound` or `created`. */
  | { readonly type: 'unreadable'; readonly message: UnreadableMessage }
  /**
   * Whether WhatsApp lets the account open new chats: after the `ready` of each document, and when it changes. A page that
   * knows nothing of such locks says nothing.
   */
  | { readonly type: 'timelock'; readonly restriction: AccountRestriction | null };

/** What is told of messages, and of what happens to them: no business of the chart. */
export type MessageEvent = Extract<
  DriverEvent,
  { type: 'inbound' | 'created' | 'edited' | 'revoked' | 'reaction' | 'pollVote' | 'unreadable' }
>;

/** Why a generation could not be opened, or ended. */
export const FAILURE_CODES = [
  // Only a person can mend these:
  'BROWSER_NOT_FOUND',
  'PROFILE_NOT_WRITABLE',
  'TOS_BLOCK',
  'PROXYBLOCK',
  'VERSION_NOT_SUPPORTED',
  // The account is not paired any more:
  'LOGGED_OUT',
  'UNPAIRED',
  // The ladder deals with these:
  'PROFILE_IN_USE',
  'LAUNCH_FAILED',
  'NETWORK',
  'AUTH_TIMEOUT',
  'BROWSER_EXITED',
  'PAGE_CRASHED',
  'PAGE_CLOSED',
  'PAGE_HUNG',
  'CONFLICT',
  'DISCONNECTED',
  // The page logged out for a reason that does not mean that the phone has unlinked it:
  'SESSION_ENDED',
  'READY_TIMEOUT',
  'NEVER_READY',
  'INCOMPATIBLE_PAGE',
  'SYNC_TIMEOUT',
  'SOCKET_STUCK',
  'PROBE_FAILED',
  'RELOAD_FAILED',
  'ABORTED',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

export interface DriverFailure {
  readonly code: FailureCode;
  /** A sentence; where only a person can mend it, the remedy. */
  readonly message: string;
  /** The page's own word for why it logged out, where it had one. */
  readonly logoutReason?: string;
}

/** What `open`, `probe`, `reload` and `logout` reject with. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly failure: DriverFailure;
  constructor(failure: DriverFailure, cause?: unknown) {
    super(failure.message, cause === undefined ? undefined : { cause });
    this.failure = failure;
  }
}

export interface SendRequest extends GenerationRef {
  readonly content: ItemContent;
  /** The random part of WhatsApp's message id, chosen by us before the page is touched. */
  readonly messageKey: string;
  /** `required`: no new chat is opened without WhatsApp's word that its number is registered. `open` by default. */
  readonly recipientCheck?: RecipientCheck;
  /** Past it the call is given up by us; what happens then is the adapter's to tell, see SendReport. */
  readonly deadlineMs: number;
}

export type SendReport =
  /** In the chat, with this id; `ack` as far as known. Not yet `sent`: that takes an ack of 1 or more. */
  | { readonly outcome: 'added'; readonly messageId: string; readonly ack: Ack }
  /** Proved not sent: the page was never touched, or its answer proves it. It may be tried again. */
  | {
      readonly outcome: 'unsent';
      readonly code: SendFailureCode;
      readonly message: string;
      /** With `INCOMPATIBLE_PAGE`: what the page cannot do any more. */
      readonly capability?: PageCapability;
    }
  /** Refused for good: trying again cannot help. */
  | {
      readonly outcome: 'refused';
      readonly code: SendFailureCode;
      readonly message: string;
      /** With `RECIPIENT_TIMELOCKED`: what WhatsApp does not let the account do. */
      readonly restriction?: AccountRestriction;
    }
  /**
   * The answer was lost: deadline missed, page or browser died. `settled` resolves when the page call has ended after
   * all or can have no effect any more (its generation was closed): only then may another send of the instance begin.
   */
  | { readonly outcome: 'unknown'; readonly message: string; readonly settled: Promise<void> };

export type SendFailureCode =
  | 'RECIPIENT_NOT_FOUND'
  /** WhatsApp lets the account open no new chat for a time. */
  | 'RECIPIENT_TIMELOCKED'
  /** The message to be quoted is not there, or may not be quoted. */
  | 'QUOTED_MESSAGE_NOT_FOUND'
  | 'MESSAGE_REFUSED'
  | 'MEDIA_TOO_LARGE'
  | 'NOT_SUPPORTED'
  /** The page has changed under the library: another attempt, or another upload, cannot help. */
  | 'INCOMPATIBLE_PAGE'
  | 'PAGE_UNAVAILABLE';

export type Sighting =
  | { readonly found: true; readonly messageId: string; readonly ack: Ack }
  /**
   * `proof`: its absence proves that it was not sent. Either the page that took the call is still the same, and the call is
   * over; or it is on record that no page ever got as far as sending it.
   */
  | { readonly found: false; readonly proof: boolean };

export interface NumberRequest extends GenerationRef {
  /** Digits with country code. */
  readonly phoneNumber: string;
  readonly deadlineMs: number;
}

export interface ChatsRequest extends GenerationRef {
  /** At most so many. */
  readonly limit: number;
  /** Only what comes after this place; null for the newest. */
  readonly after: ChatPlace | null;
  readonly deadlineMs: number;
}
export interface FetchMessagesRequest extends GenerationRef {
  /** Epoch milliseconds of WhatsApp's clock: older messages are not wanted. */
  readonly since: number;
  readonly limit: number;
  /** An adapter may leave out the status too where reading it would cost a link that is a few minutes old. */
  readonly ignore: readonly IgnorableChat[];
  readonly deadlineMs: number;
}
export interface FetchedMessages {
  /** The oldest first; of both directions. */
  readonly messages: readonly HeardMessage[];
  /** Those since the same moment that the page cannot read; the limit does not count them. */
  readonly unreadable: readonly UnreadableMessage[];
  /** There may be more that cannot be read: the page has too many of them, or did not get to all chats in time. */
  readonly isPartial?: boolean;
  /** There are newer ones beyond the limit. */
  readonly more: boolean;
}

export interface FetchMediaRequest extends GenerationRef {
  readonly messageId: string;
  readonly maxBytes: number;
  readonly deadlineMs: number;
}
export type MediaAnswer =
  | {
      readonly outcome: 'fetched';
      readonly mimetype: string;
      readonly filename: string | null;
      readonly bytes: Uint8Array;
    }
  | { readonly outcome: 'unknownMessage' }
  /** It never had any, or WhatsApp does not have it any more. */
  | { readonly outcome: 'noMedia' }
  | { readonly outcome: 'tooLarge'; readonly bytes: number };

export type CloseMode =
  /** Let the browser end by itself so that the profile is flushed; keep the client for a soft rung. */
  | 'soft'
  /** As `soft`, and forget the client. */
  | 'graceful'
  /** Kill the browser's process group and forget the client. */
  | 'kill'
  /** As `graceful`, then remove the profile: the account was unlinked. */
  | 'forget';

export interface CloseRequest {
  readonly instanceId: string;
  readonly mode: CloseMode;
  /** Past it whatever still lives is killed. */
  readonly deadlineMs: number;
}

export interface Driver {
  readonly name: string;
  /** Resolves when `initialize()` is over. @throws DriverError */
  open(request: OpenRequest): Promise<void>;
  /** Touches the injected code in the page, so that it proves more than a socket state. @throws DriverError */
  probe(request: GenerationRef & { readonly deadlineMs: number }): Promise<void>;
  /** Tests the page again in its present document; the report comes as the event `pageTested`. @throws DriverError */
  testPage(request: GenerationRef & { readonly deadlineMs: number }): Promise<void>;
  /** Reloads a crashed page; `ready` comes as an event. @throws DriverError */
  reload(request: GenerationRef & { readonly deadlineMs: number }): Promise<void>;
  /** Never rejects. */
  send(request: SendRequest): Promise<SendReport>;
  /** Looks for a message by our key. @throws DriverError when the page cannot be asked. */
  findSent(
    request: GenerationRef & {
      readonly to: string;
      readonly messageKey: string;
      /** When the last attempt was journaled, epoch milliseconds: a record that begins later proves nothing. */
      readonly attemptedAt?: number;
      readonly deadlineMs: number;
    },
  ): Promise<Sighting>;
  /**
   * Asks WhatsApp whether the number is registered. @throws DriverError PROBE_FAILED when WhatsApp refuses to answer,
   * PAGE_HUNG past the deadline, another code when the page is not ready
   */
  lookupNumber(request: NumberRequest): Promise<NumberLookup>;
  /** Chats that the page knows, newest first; nothing is asked of the network. @throws DriverError as lookupNumber */
  listChats(request: ChatsRequest): Promise<readonly Chat[]>;
  /**
   * A code for the phone's "link with phone number". Tried a few times within the deadline where the page reloads
   * meanwhile; each code ends the one before. @throws DriverError
   */
  requestPairingCode(
    request: GenerationRef & { readonly phoneNumber: string; readonly deadlineMs: number },
  ): Promise<string>;
  /**
   * Gives the page the assertion that it waits for; `passkeyGiven` is said before this resolves. What it holds is a secret.
   * @throws DriverError PROBE_FAILED when the page waits for none
   */
  submitPasskey(
    request: GenerationRef & { readonly assertion: PasskeyAssertion; readonly deadlineMs: number },
  ): Promise<void>;
  /** Messages of all chats since a moment, as the page has them. @throws DriverError */
  fetchMessages(request: FetchMessagesRequest): Promise<FetchedMessages>;
  /** The file of a message, downloaded and decrypted. @throws DriverError */
  fetchMedia(request: FetchMediaRequest): Promise<MediaAnswer>;
  /**
   * Reacts to a message with an emoji; the empty one takes the reaction back. False when the account has no such
   * message. @throws DriverError
   */
  react(
    request: GenerationRef & {
      readonly messageId: string;
      readonly emoji: string;
      readonly deadlineMs: number;
    },
  ): Promise<boolean>;
  /** Marks a chat as read, which others may see. False when the account has no such chat. @throws DriverError */
  markRead(
    request: GenerationRef & { readonly chatId: string; readonly deadlineMs: number },
  ): Promise<boolean>;
  /** A PNG of the page. @throws DriverError */
  screenshot(request: GenerationRef & { readonly deadlineMs: number }): Promise<Uint8Array>;
  /** Unlinks the account at WhatsApp, closes the browser and removes the profile. @throws DriverError */
  logout(request: GenerationRef & { readonly deadlineMs: number }): Promise<void>;
  close(request: CloseRequest): Promise<void>;
  /** Removes what is kept of an instance (its profile). The instance is closed. @throws DriverError */
  remove(instanceId: string): Promise<void>;
  /** Takes over a profile that somebody else made: copied, the source untouched. @throws LifecycleError PROFILE_IN_USE, PROFILE_NOT_FOUND */
  adopt(request: { readonly instanceId: string; readonly source: string }): Promise<void>;
  /** Ends everything that this driver still runs, and gives up what it holds. */
  shutdown(): Promise<void>;
}
