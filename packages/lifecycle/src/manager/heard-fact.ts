/** What a driver hears of messages, as facts: each with the key under which it is told once. */
import type { FactDraft } from '../domain/fact.js';
import {
  type HeardMessage,
  type IgnorableChat,
  type InboundFact,
  isIgnored,
  type UnreadableMessage,
} from '../domain/inbound.js';
import type { MessageEvent } from '../ports/driver.js';

/** What becomes a fact at once. An unreadable message has time to become readable first. */
type ToldEvent = Exclude<MessageEvent, { type: 'unreadable' }>;

export interface Hearing {
  readonly instanceId: string;
  /** Our clock, epoch milliseconds. */
  readonly at: number;
  readonly ignored: readonly IgnorableChat[];
  /** All that came before has been told. */
  readonly isCaughtUp: boolean;
  /** The time of the oldest message that is held back because it cannot be read yet, by WhatsApp's clock, or null. */
  readonly unreadableSince: number | null;
}

/** WhatsApp's clock and ours do not differ by more; a message from the future must not hide those that come before it. */
export const CLOCKS_DIFFER_MS = 3_600_000;

/** Null where the operator does not want to hear of the chat. */
export function heardFact(event: ToldEvent, hearing: Hearing): FactDraft | null {
  const { instanceId, at, ignored } = hearing;
  if (isIgnored(chatOf(event), ignored)) return null;
  switch (event.type) {
    case 'inbound':
      return messageFact(event.message, { source: 'phone', backfilled: false }, hearing);
    case 'created':
      return messageFact(event.message, { source: event.ours ? 'api' : 'phone', backfilled: false }, hearing);
    case 'edited': {
      const { messageId, timestamp } = event.edit;
      const once = onceAt('edited', timestamp, messageId);
      return { type: 'message.edited', instanceId, at, body: event.edit, ...once };
    }
    case 'revoked': {
      const { messageId, scope } = event.revocation;
      const once = { key: `revoked ${scope} ${messageId}`, heardUntil: null };
      return { type: 'message.revoked', instanceId, at, body: event.revocation, once };
    }
    case 'reaction': {
      const { messageId, timestamp, sender, reaction } = event.reaction;
      const once = onceAt('reaction', timestamp, `${messageId} ${sender} ${reaction ?? ''}`);
      return { type: 'message.reaction', instanceId, at, body: event.reaction, ...once };
    }
    case 'pollVote': {
      const { optionIds: _, ...vote } = event.vote;
      const { messageId, timestamp, voter } = vote;
      return {
        type: 'poll.vote',
        instanceId,
        at,
        body: vote,
        ...onceAt('vote', timestamp, `${messageId} ${voter}`),
      };
    }
  }
}

export function messageFact(
  message: HeardMessage,
  origin: Pick<InboundFact, 'source' | 'backfilled'>,
  hearing: Hearing,
): FactDraft {
  const { instanceId, at, isCaughtUp } = hearing;
  const heardUntil = isCaughtUp
    ? toldUntil(Math.min(message.timestamp, at + CLOCKS_DIFFER_MS), hearing)
    : null;
  return {
    type: message.fromMe ? 'message.created' : 'message.received',
    instanceId,
    at,
    body: { ...message, ...origin },
    once: { key: `message ${message.id}`, heardUntil },
  };
}

/** Up to a moment all is reported, except what cannot be read yet: that is fetched again, also behind newer messages. */
export const toldUntil = (moment: number, { unreadableSince }: Pick<Hearing, 'unreadableSince'>): number =>
  unreadableSince === null ? moment : Math.min(moment, unreadableSince - 1);

export function unreadableFact(message: UnreadableMessage, instanceId: string, at: number): FactDraft {
  const { id, chatId, fromMe, phoneNumber, lid, participant, timestamp } = message;
  const body = { id, chatId, fromMe, phoneNumber, lid, participant, timestamp };
  const once = { key: `unreadable ${id}`, heardUntil: null };
  return { type: 'message.unreadable', instanceId, at, body, once };
}

/** The same can happen to a message again: only its time tells a repetition from that. */
const onceAt = (what: string, timestamp: number | null, of: string): Pick<FactDraft, 'once'> =>
  timestamp === null ? {} : { once: { key: `${what} ${timestamp} ${of}`, heardUntil: null } };

function chatOf(event: ToldEvent): string {
  switch (event.type) {
    case 'inbound':
    case 'created':
      return event.message.chatId;
    case 'edited':
      return event.edit.chatId;
    case 'revoked':
      return event.revocation.chatId;
    case 'reaction':
      return event.reaction.chatId;
    case 'pollVote':
      return event.vote.chatId;
  }
}
