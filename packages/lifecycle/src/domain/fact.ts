/** The one stream of facts that leaves the library: webhooks, SSE, metrics and history are its subscribers. */
import type {
  EditFact,
  InboundFact,
  PollVoteFact,
  ReactionFact,
  RevocationFact,
  UnreadableMessage,
} from './inbound.js';
import type { AccountIdentity, InstanceState, Wanted } from './instance-state.js';
import type { Ack, ItemStatus, Metadata, QueueItem } from './message.js';
import type { PasskeyOptions } from './passkey.js';
import type { AccountRestriction } from './restriction.js';

export interface StateFact {
  readonly state: InstanceState;
  readonly detail: string;
  readonly previous: InstanceState | null;
  readonly wanted: Wanted;
  /** Why, as a sentence. */
  readonly reason: string | null;
  /** Why, as a code. Facts of earlier versions have none. */
  readonly cause?: string | null;
  /** Epoch milliseconds of the next automatic step, or null. */
  readonly retryAt: number | null;
  readonly generation: number;
  /** The page's own word for why it logged out, where this change came of a logout. */
  readonly logoutReason?: string;
}
export interface QrFact {
  readonly qr: string | null;
  readonly pairingCode: string | null;
  readonly issuedAt: number;
  readonly expiresAt: number | null;
}
/** WhatsApp asks for a passkey of the account that is being linked. */
export interface PasskeyRequiredFact {
  readonly options: PasskeyOptions;
  readonly expiresAt: number;
}
export interface PasskeyCodeFact {
  readonly code: string;
  /** A person has to compare it with the one on the phone. */
  readonly confirm: boolean;
  readonly expiresAt: number;
}
export interface PasskeyFailedFact {
  /** Why, as a sentence. */
  readonly reason: string;
}
export interface MessageFact {
  readonly queueId: string;
  readonly type: QueueItem['type'];
  readonly status: ItemStatus;
  readonly to: string;
  readonly messageId: string | null;
  readonly ack: Ack | null;
  readonly metadata: Metadata | null;
  readonly error: string | null;
  readonly errorCode: string | null;
}
export interface AckFact {
  readonly messageId: string;
  readonly queueId: string | null;
  readonly ack: Ack;
  readonly metadata: Metadata | null;
}
export interface AccountChange {
  /** Whose number was paired before. */
  readonly previous: AccountIdentity;
  readonly account: AccountIdentity;
  /** Messages and polls that wait for a person since, as they were accepted for another account. */
  readonly held: number;
}
export interface AlertFact {
  readonly name: string;
  readonly message: string;
  readonly instances: readonly string[];
}

export interface FactBodies {
  'instance.state': StateFact;
  'instance.qr': QrFact;
  'passkey.required': PasskeyRequiredFact;
  'passkey.code': PasskeyCodeFact;
  'passkey.failed': PasskeyFailedFact;
  'message.queued': MessageFact;
  'message.sent': MessageFact;
  'message.failed': MessageFact;
  'message.uncertain': MessageFact;
  'message.expired': MessageFact;
  'message.cancelled': MessageFact;
  /** Still queued, and passed: WhatsApp's page cannot do now what it needs. */
  'message.waiting': MessageFact;
  'message.held': MessageFact;
  'message.ack': AckFact;
  'message.received': InboundFact;
  'message.created': InboundFact;
  'message.edited': EditFact;
  'message.revoked': RevocationFact;
  'message.reaction': ReactionFact;
  'message.unreadable': UnreadableMessage;
  'poll.vote': PollVoteFact;
  'account.restricted': AccountRestriction;
  'account.changed': AccountChange;
  'alert.raised': AlertFact;
  'alert.resolved': AlertFact;
}
export type FactType = keyof FactBodies;

const everyType: Readonly<Record<FactType, true>> = {
  'instance.state': true,
  'instance.qr': true,
  'passkey.required': true,
  'passkey.code': true,
  'passkey.failed': true,
  'message.queued': true,
  'message.sent': true,
  'message.failed': true,
  'message.uncertain': true,
  'message.expired': true,
  'message.cancelled': true,
  'message.waiting': true,
  'message.held': true,
  'message.ack': true,
  'message.received': true,
  'message.created': true,
  'message.edited': true,
  'message.revoked': true,
  'message.reaction': true,
  'message.unreadable': true,
  'poll.vote': true,
  'account.restricted': true,
  'account.changed': true,
  'alert.raised': true,
  'alert.resolved': true,
};
export const FACT_TYPES = Object.keys(everyType) as readonly FactType[];

type Telling<More> = {
  readonly [T in FactType]: {
    readonly type: T;
    readonly instanceId: string | null;
    /** Epoch milliseconds. */
    readonly at: number;
    readonly body: FactBodies[T];
  } & More;
}[FactType];

/** What is told once, however often it is heard. */
export interface Once {
  /** Unique to what is told, within the instance. */
  readonly key: string;
  /** With it every message up to then has been told: epoch milliseconds of WhatsApp's clock, or null. */
  readonly heardUntil: number | null;
}

/**
 * A fact before the store has numbered it. `instanceId` is null where a fact is about the node. With `once` it is left out
 * where the instance has told one of that key.
 */
export type FactDraft = Telling<{ readonly once?: Once }>;

/** `number` grows by one with each fact of the store, in the order of commits. */
export type Fact = Telling<{ readonly number: number }>;
export type FactOf<T extends FactType> = Extract<Fact, { type: T }>;
