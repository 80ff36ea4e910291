/**
 * One instance's account: what WhatsApp's server has of it, the phone, and the profile on the disk. It survives the
 * driver, as the real ones survive the process.
 */
import type { AccountIdentity, Rung } from '../../domain/instance-state.js';
import type { Ack, ItemContent } from '../../domain/message.js';
import type { PageCapability } from '../../domain/page-report.js';
import type { AccountRestriction } from '../../domain/restriction.js';
import type { DriverEvent, MessageEvent, SocketState } from '../../ports/driver.js';
import { simulatedIdentity, simulatedNumber } from './simulated-codes.js';
import { SimulatedChats } from './simulated-directory.js';
import { FaultScript } from './simulated-faults.js';
import { SimulatedInbox } from './simulated-inbox.js';
import type { SimulatedPasskey, SimulatedPasskeyRules } from './simulated-passkey.js';

/** What reached WhatsApp's server. */
export interface SimulatedDelivery {
  readonly messageKey: string;
  readonly messageId: string;
  /** The account in whose name it came. */
  readonly from: string;
  readonly content: ItemContent;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A message as the page has it in its history. */
export interface HistoryEntry {
  readonly messageKey: string;
  readonly messageId: string;
  readonly content: ItemContent;
  ack: Ack;
}

export interface SimulatedOpening {
  readonly generation: number;
  readonly rung: Rung;
  /** The client of the generation before was used again. */
  readonly reused: boolean;
  readonly at: number;
}

/** What others do to a page that is open. */
export interface OpenPage {
  readonly generation: number;
  readonly isReady: boolean;
  readonly isShowingCode: boolean;
  scan(number?: string): void;
  unlinked(): void;
  receive(event: MessageEvent): void;
  sayTested(): void;
  crash(): void;
  hang(): void;
  closePage(): void;
  exitBrowser(): void;
  setSocketState(state: SocketState): void;
  stopCodes(): void;
  releaseAcks(): void;
  say(event: DriverEvent): void;
  sayAsGenerationBefore(event: DriverEvent): void;
}

/** Of each instance at most so many deliveries and openings are kept: people may play for days. */
const KEPT_DELIVERIES = 10_000;
const KEPT_OPENINGS = 100;

export class SimulatedAccount {
  readonly id: string;
  /** The device that the phone lists, 0 when there is none. */
  linkedDevice = 0;
  /** The device whose keys lie in the profile, 0 when there are none. */
  profileDevice = 0;
  /** The browser that holds the profile. */
  page: OpenPage | undefined;
  /** Attempts to open a second browser on the profile, all refused. */
  collisions = 0;
  /** What WhatsApp's page cannot do any more for this account; undefined until something is taken away. */
  lacking: Set<PageCapability> | undefined;
  /** What WhatsApp does not let it do; undefined until it is restricted for the first time, null when that is over. */
  restriction: AccountRestriction | null | undefined;
  /** A link needs a passkey; undefined where a scan is enough. */
  passkeyRules: SimulatedPasskeyRules | undefined;
  /** The last linking by passkey. */
  passkey: SimulatedPasskey | undefined;
  readonly openings: SimulatedOpening[] = [];
  #devices = 0;
  #number: string | undefined;
  #identity: AccountIdentity | undefined;
  #faults: FaultScript | undefined;
  #history: Map<string, HistoryEntry> | undefined;
  #frames: SimulatedDelivery[] | undefined;
  #delivered: Map<string, SimulatedDelivery> | undefined;
  #chats: SimulatedChats | undefined;
  #inbox: SimulatedInbox | undefined;
  #waiting: MessageEvent[] | undefined;

  constructor(id: string) {
    this.id = id;
  }

  /** The profile's keys are those of a device that the phone still lists. */
  get isPaired(): boolean {
    return this.profileDevice !== 0 && this.profileDevice === this.linkedDevice;
  }

  get faults(): FaultScript {
    this.#faults ??= new FaultScript();
    return this.#faults;
  }
  get script(): FaultScript | undefined {
    return this.#faults;
  }

  /** They lie on the phone: whoever is paired with it has them. */
  get chats(): SimulatedChats {
    this.#chats ??= new SimulatedChats();
    return this.#chats;
  }

  /** Who is behind the phone that is linked, or was linked last. */
  get identity(): AccountIdentity {
    this.#identity ??= simulatedIdentity(this.#number ?? simulatedNumber(this.id), this.id);
    return this.#identity;
  }

  /** The phone links the device that shows its code. Another number is another phone: nothing of the one before is on it. */
  link(number = this.identity.phoneNumber): void {
    if (number !== null && number !== this.identity.phoneNumber) {
      this.#number = number;
      this.#identity = undefined;
      this.#chats = undefined;
      this.#waiting = undefined;
      this.forgetHistory();
      this.clearChats();
    }
    this.linkedDevice = ++this.#devices;
    this.profileDevice = this.linkedDevice;
  }

  unlink(): void {
    this.linkedDevice = 0;
  }

  removeProfile(): void {
    this.profileDevice = 0;
    this.forgetHistory();
  }

  remember(opening: SimulatedOpening): void {
    this.openings.push(opening);
    if (this.openings.length > KEPT_OPENINGS) this.openings.shift();
  }

  /** The messages that the page knows of, by key. They lie in the profile, so a restart keeps them. */
  get history(): ReadonlyMap<string, HistoryEntry> | undefined {
    return this.#history;
  }
  addToHistory(entry: HistoryEntry): void {
    this.#history ??= new Map();
    this.#history.set(entry.messageKey, entry);
    dropOldest(this.#history);
  }
  forgetHistory(): void {
    this.#history = undefined;
  }
  /** Whether the page has a message, whoever wrote it. */
  hasMessage(messageId: string): boolean {
    const key = messageId.split('_')[2] ?? '';
    return this.#history?.get(key)?.messageId === messageId || this.#inbox?.find(messageId) !== undefined;
  }

  /** What the account has reacted with, by message id. */
  readonly reactions = new Map<string, string>();
  /** Chats that were marked as read, oldest first. */
  readonly readChats: string[] = [];

  react(messageId: string, emoji: string): boolean {
    if (!this.hasMessage(messageId)) return false;
    if (emoji === '') this.reactions.delete(messageId);
    else this.reactions.set(messageId, emoji);
    dropOldest(this.reactions);
    return true;
  }
  /** Whether anything was written in a chat, by either side. */
  hasChat(chatId: string): boolean {
    const sent = [...(this.#history?.values() ?? [])];
    return this.#inbox?.has(chatId) || sent.some(({ content }) => content.payload.to === chatId);
  }
  markRead(chatId: string): boolean {
    if (!this.hasChat(chatId)) return false;
    this.readChats.push(chatId);
    if (this.readChats.length > KEPT_DELIVERIES) this.readChats.shift();
    return true;
  }

  /** A frame arrives at the server, which knows a message by its key and takes it once. */
  deliver(frame: SimulatedDelivery): void {
    this.#frames ??= [];
    this.#frames.push(frame);
    if (this.#frames.length > KEPT_DELIVERIES) this.#frames.shift();
    this.#delivered ??= new Map();
    if (this.#delivered.has(frame.messageKey)) return;
    this.#delivered.set(frame.messageKey, frame);
    dropOldest(this.#delivered);
  }
  get frames(): readonly SimulatedDelivery[] {
    return [...(this.#frames ?? [])];
  }
  get deliveries(): readonly SimulatedDelivery[] {
    return [...(this.#delivered?.values() ?? [])];
  }

  /** What was counted; the page, the profile and the phone know what they knew. */
  forgetRecords(): void {
    this.#frames = undefined;
    this.#delivered = undefined;
    this.openings.length = 0;
  }

  /** As when somebody clears all chats on the phone. */
  clearChats(): void {
    this.#inbox = undefined;
  }

  /** The chats, which are the phone's as much as the page's: no profile is needed to keep them. */
  get inbox(): SimulatedInbox {
    this.#inbox ??= new SimulatedInbox();
    return this.#inbox;
  }

  /** To the page when it is ready, else when it will be: WhatsApp keeps what an offline device has missed. */
  receive(event: MessageEvent): void {
    // A page without ids, or without its listeners, is deaf: what comes is in its history alone.
    const isDeaf = this.lacking?.has('inbound') || this.lacking?.has('ids');
    if (this.page?.isReady && !isDeaf) this.page.receive(event);
    else {
      this.#waiting ??= [];
      this.#waiting.push(event);
    }
  }
  /** Messages that came meanwhile are in the page's history; WhatsApp Web does not always tell of them. */
  welcomeBack(tellsMessages: boolean): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const event of waiting) if (tellsMessages || !MESSAGES.has(event.type)) this.page?.receive(event);
  }
}

const MESSAGES: ReadonlySet<MessageEvent['type']> = new Set(['inbound', 'created', 'unreadable']);

const dropOldest = (map: Map<string, unknown>): void => {
  if (map.size <= KEPT_DELIVERIES) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
};
