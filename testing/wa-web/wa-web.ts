import type { AccountView } from './account.js';
import type { Delivery, Frame } from './delivery.js';
import type { FaultName, Faults } from './faults.js';
import type { UnpairedPage } from './pairing.js';
import type { RegisteredPasskey } from './passkey.js';
import type { PageCommandName, SocketState } from './wire.js';

/** An account that scans. Without one, a new number is made up; an unknown number becomes an account. */
export interface Scanner {
  phone: string;
  name?: string;
}

export interface InboundMessage {
  /** Who writes: a phone number or an id (`…@c.us`, `…@lid`). The account's own number means: written on its phone. */
  from: string;
  body?: string;
  /** Default `chat`, or by the media. */
  type?: string;
  /** The chat, where it is not the sender's own: a group, or for a message from the account's own phone the recipient. */
  chat?: string;
  /** The sender's name. */
  name?: string;
  quotedId?: string;
  media?: { mimetype: string; data: string; filename?: string; caption?: string };
  location?: { latitude: number; longitude: number; description?: string };
  /** The page has no key for it yet and shows "waiting for this message", until `decrypt`. */
  unreadable?: boolean;
}

/** 1: on the server, 2: delivered, 3: read, 4: played, -1: refused. */
export type AckLevel = -1 | 1 | 2 | 3 | 4;

export interface Vote {
  /** The poll: the id that `sendMessage` gave, or the id in a delivery. */
  poll: string;
  /** Phone number or id of the voter. */
  voter: string;
  /** The options as written in the poll; none takes the vote back. */
  options: string[];
}

export interface Reaction {
  /** The message: an id that `receive` or `sendMessage` gave. */
  to: string;
  /** Phone number or id of who reacts; the account's own number: on its phone. */
  sender: string;
  /** Empty takes it back. */
  text: string;
}

export type PageCommand = PageCommandName | 'finishSync';

export interface AccountFact {
  connected?: boolean;
  synced?: boolean;
  state?: SocketState;
  /** At least so many deliveries, those of earlier tests included. */
  sent?: number;
  /** The message with this id is among the deliveries. */
  delivered?: string;
  /** At least so many frames with messages. */
  frames?: number;
  /** No inbound message, vote or acknowledgement left that the page has not confirmed. */
  quiet?: boolean;
}

/**
 * What a test can do. Everything that reads is a snapshot. In another process the same through `connectWaWeb`, where every
 * method returns a promise.
 */
export interface WaWeb {
  readonly port: number;
  /** The flags with which any Chromium finds this page at https://web.whatsapp.com. */
  readonly chromeArgs: string[];

  /** The id under which a page files the chat with the owner of a phone number. */
  chatId(who: string): string;

  unpaired(): UnpairedPage[];
  /** Pairs the page that shows this QR (the whole string, or its first field); resolves when it is connected, or asks for a passkey. */
  scan(qr: string, account?: Scanner): Promise<string>;
  /** Pairs the page that asked for this code; without an account, the number it was asked for. Gives the number. */
  enterPairingCode(code: string, account?: Scanner): Promise<string>;

  /** An account, known or not yet, has a passkey with this public key. */
  registerPasskey(phone: string, passkey: RegisteredPasskey): void;
  /** The phone shows a code too, and its person finds this one at the page; rejects when they differ. Resolves when it is connected. */
  comparePasskeyCode(phone: string, code: string): Promise<void>;

  accounts(): AccountView[];
  account(phone: string): AccountView;
  /** What the server took, each message once, in order. */
  sent(phone: string): Delivery[];
  /** Every frame of the account's pages, in order. */
  raw(phone: string): Frame[];
  /** The bytes of an uploaded file, in base64. */
  mediaOf(phone: string, messageId: string): string | null;
  /** Resolves when all of it holds; rejects after the deadline (10 s) with what was seen instead. */
  waitFor(phone: string, fact: AccountFact, timeoutMs?: number): Promise<AccountView>;

  receive(phone: string, message: InboundMessage): string;
  /** The page gets the key of a message that was `unreadable`, now or when it comes back. */
  decrypt(phone: string, messageId: string): void;
  ack(phone: string, messageId: string, level: AckLevel): void;
  vote(phone: string, vote: Vote): void;
  /** Whoever wrote a message changes its text, or deletes it for everyone. */
  edit(phone: string, messageId: string, body: string): void;
  revokeMessage(phone: string, messageId: string): void;
  react(phone: string, reaction: Reaction): void;

  /** The phone logs the device out. A page that is away finds out when it comes back. */
  unlink(phone: string): void;
  /** The device is removed and the connected page is not told: it finds out at its next connection. */
  revoke(phone: string): void;
  /** Cuts the connection; the page connects again by itself. */
  kick(phone: string): void;
  socketState(phone: string, state: SocketState): void;

  /** For one account, or for all. Resolves when the connected pages know. */
  setFaults(faults: Faults, phone?: string): Promise<void>;
  clearFaults(phone?: string, names?: FaultName[]): Promise<void>;
  /** Also by the ref of a page that is not paired. `ms` is how long to `hang`; without it, for ever. Resolves when
   * the page is about to obey. */
  pageCommand(phoneOrRef: string, command: PageCommand, ms?: number): Promise<void>;

  close(): Promise<void>;
}
