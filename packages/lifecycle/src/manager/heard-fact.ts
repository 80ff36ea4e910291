/** What a driver hears of messages, as facts: each with the key under which it is told once. */
import type { FactDraft } from '../domain/fact.js';
import { type HeardMessage, type IgnorableChat, type InboundFact, isIgnored } from '../domain/inbound.js';
import type { MessageEvent } from '../ports/driver.js';

export interface Hearing {
  readonly instanceId: string;
  /** Our clock, epoch milliseconds. */
  readonly at: number;
  readonly ignored: readonly IgnorableChat[];
  /** All that came before has been told. */
  readonly isCaughtUp: boolean;
}

/** WhatsApp's clock and ours do not differ by more; a message from the future must not hide those that come before it. */
const CLOCKS_DIFFER_MS = 3_600_000;

/** Null where the operator does not want to hear of the chat. */
export function heardFact(event: MessageEvent, hearing: Hearing): FactDraft | null {
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
  { instanceId, at, isCaughtUp }: Hearing,
): FactDraft {
  const heardUntil = isCaughtUp ? Math.min(message.timestamp, at + CLOCKS_DIFFER_MS) : null;
  return {
    type: message.fromMe ? 'message.created' : 'message.received',
    instanceId,
    at,
    body: { ...message, ...origin },
    once: { key: `message ${message.id}`, heardUntil },
  };
}

/** The same can happen to a message again: only its time tells a repetition from that. */
const onceAt = (what: string, timestamp: number | null, of: string): Pick<FactDraft, 'once'> =>
  timestamp === null ? {} : { once: { key: `${what} ${timestamp} ${of}`, heardUntil: null } };

function chatOf(event: MessageEvent): string {
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
