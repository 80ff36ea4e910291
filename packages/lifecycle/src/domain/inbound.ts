/** What others write, and what is written elsewhere in the name of the account: messages, and what happens to them. */

/** A file of a message. Its bytes are asked for by the message's id. */
export interface InboundMedia {
  readonly mimetype: string;
  readonly filename: string | null;
  /** Its size as WhatsApp tells it, or null. */
  readonly bytes: number | null;
}
export interface InboundLocation {
  readonly latitude: number;
  readonly longitude: number;
  readonly description: string | null;
}

/** A message as a driver hears it. */
export interface HeardMessage {
  /** WhatsApp's serialized id: what `quotedMessageId` of a reply and the address of its media take. */
  readonly id: string;
  readonly chatId: string;
  readonly fromMe: boolean;
  /** Of the other person, digits with country code: who wrote it, or to whom this account did. Null where the page does not know it. */
  readonly phoneNumber: string | null;
  /** WhatsApp's other name of the same person, `…@lid`, or null. */
  readonly lid: string | null;
  /** Who wrote it, where a chat has more than two: in groups, channels and status. */
  readonly participant: string | null;
  /** The name that the person has given themselves, or null. */
  readonly pushName: string | null;
  /** WhatsApp's word: `chat` is a text; `image`, `ptt`, `location`, `poll_creation`, … */
  readonly type: string;
  /** The text, the caption of media, the question of a poll; empty where there is none. */
  readonly body: string;
  readonly media: InboundMedia | null;
  readonly location: InboundLocation | null;
  /** The id of the message that it answers, or null. */
  readonly quotedId: string | null;
  /** When WhatsApp took it, epoch milliseconds of WhatsApp's clock, whole seconds. */
  readonly timestamp: number;
}

/** A message that the page shows as "waiting for this message": its key is there and its content is not. */
export type UnreadableMessage = Pick<
  HeardMessage,
  'id' | 'chatId' | 'fromMe' | 'phoneNumber' | 'lid' | 'participant' | 'timestamp'
>;

/** A message that was received, or that was written in the name of the account. */
export interface InboundFact extends HeardMessage {
  /** `api`: it went through wakeeper's queue. */
  readonly source: 'api' | 'phone';
  /** It was fetched afterwards: it came while the instance was not there, or the page raised no event for it. */
  readonly backfilled: boolean;
}

/** What happened to a message, named by its id; `participant` is who did it, as with messages. */
interface Happening {
  readonly messageId: string;
  readonly chatId: string;
  /** It was done in the name of this account. */
  readonly fromMe: boolean;
  readonly participant: string | null;
  /** Epoch milliseconds, or null where the page does not say. */
  readonly timestamp: number | null;
}
export interface EditFact extends Happening {
  readonly body: string;
  /** Null where the page does not know it. */
  readonly previousBody: string | null;
}
export interface RevocationFact extends Happening {
  /** `me`: this account alone does not see it any more. */
  readonly scope: 'everyone' | 'me';
}
export interface ReactionFact extends Happening {
  /** Chat id of who reacts. */
  readonly sender: string;
  /** The emoji, or null when it was taken back. */
  readonly reaction: string | null;
}
export interface PollVoteFact {
  /** The poll. */
  readonly messageId: string;
  readonly chatId: string;
  readonly voter: string;
  /** All that are chosen now; empty when the vote was taken back. Null when it cannot be known what they are called. */
  readonly selectedOptions: readonly string[] | null;
  /** Epoch milliseconds, or null where the page does not say. */
  readonly timestamp: number | null;
}
/** A vote as a driver hears it: a page that has forgotten the poll cannot name its options. */
export interface HeardVote extends PollVoteFact {
  /** Where the chosen options stand in the poll, from 0. */
  readonly optionIds: readonly number[];
}

/** Chats that an operator may not want to hear of. */
export const IGNORABLE_CHATS = ['status', 'channels', 'groups'] as const;
export type IgnorableChat = (typeof IGNORABLE_CHATS)[number];

export function isIgnored(chatId: string, ignored: readonly IgnorableChat[]): boolean {
  if (ignored.length === 0) return false;
  if (chatId === 'status@broadcast') return ignored.includes('status');
  if (chatId.endsWith('@newsletter')) return ignored.includes('channels');
  return chatId.endsWith('@g.us') && ignored.includes('groups');
}

/** The parts of WhatsApp's serialized message id: `<fromMe>_<chat>_<key>`, and the participant in groups. */
export function partsOfMessageId(id: string): { readonly chatId: string; readonly key: string } | null {
  const [, chatId, key] = /^(?:true|false)_([^_]+@[^_]+)_([^_]+)(?:_.+)?$/.exec(id) ?? [];
  return chatId === undefined || key === undefined ? null : { chatId, key };
}

/** The id that a message can have: who wrote it, the chat, its key, and what else stands there in groups and in the chat with oneself. */
export const MESSAGE_ID =
  /^(true|false)_(\d{1,20}(-\d{1,20})?@(c\.us|lid|g\.us|newsletter|broadcast)|status@broadcast)_[A-Za-z0-9.:-]{1,64}(_[A-Za-z0-9.:@-]{1,64}){0,2}$/;
