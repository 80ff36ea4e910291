/** Messages of whatsapp-web.js, and what happens to them, in the words of the domain. */
import type wwebjs from 'whatsapp-web.js';
import type {
  EditFact,
  HeardMessage,
  ReactionFact,
  RevocationFact,
  UnreadableMessage,
} from '../../domain/inbound.js';
import { partsOfMessageId } from '../../domain/inbound.js';
import { idOf } from './incoming-fact.js';
import type { PageKnowledge } from './page-messages.js';

/** The page's message as the library copies it, as far as it is looked at. */
export interface MessageCopy {
  readonly id: {
    readonly fromMe: boolean;
    readonly id: string;
    readonly remote: unknown;
    readonly participant?: unknown;
  };
  readonly from?: unknown;
  readonly to?: unknown;
  readonly author?: unknown;
  readonly type: string;
  readonly subtype?: unknown;
  readonly body?: unknown;
  readonly caption?: unknown;
  readonly pollName?: unknown;
  readonly eventName?: unknown;
  readonly t?: unknown;
  readonly directPath?: unknown;
  readonly mimetype?: unknown;
  readonly filename?: unknown;
  readonly size?: unknown;
  readonly lat?: unknown;
  readonly lng?: unknown;
  readonly loc?: unknown;
  readonly notifyName?: unknown;
  readonly quotedStanzaID?: unknown;
  readonly protocolMessageKey?: unknown;
  readonly latestEditSenderTimestampMs?: unknown;
  readonly wakeeper?: PageKnowledge | null;
}

/** What WhatsApp writes into a chat by itself. */
export const NOTICES: ReadonlySet<string> = new Set([
  'ciphertext',
  'debug',
  'e2e_notification',
  'gp2',
  'notification',
  'notification_template',
  'group_notification',
  'broadcast_notification',
  'protocol',
  'revoked',
]);
/** Their body is a small picture, which nobody wrote. */
const PICTURED: ReadonlySet<string> = new Set([
  'image',
  'video',
  'gif',
  'sticker',
  'document',
  'audio',
  'ptt',
  'location',
  'live_location',
]);

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const number = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
const isShared = (chatId: string): boolean => /@(g\.us|newsletter|broadcast)$/.test(chatId);

export const copyOf = (message: wwebjs.Message): MessageCopy => message.rawData as unknown as MessageCopy;

/** False for what nobody wrote. */
export const isWritten = ({ type }: MessageCopy): boolean => !NOTICES.has(type);

const chatOf = ({ id, from, to }: MessageCopy): string => idOf(id.remote) || idOf(id.fromMe ? to : from);
const participantOf = (copy: MessageCopy): string | null =>
  isShared(chatOf(copy)) ? text(idOf(copy.author) || idOf(copy.id.participant)) : null;

export function heardMessage(copy: MessageCopy): HeardMessage {
  const { id, type, wakeeper: known } = copy;
  const hasMedia = Boolean(copy.directPath);
  const [lat, lng] = [number(copy.lat), number(copy.lng)];
  return {
    id: idOf(id),
    chatId: chatOf(copy),
    fromMe: id.fromMe,
    phoneNumber: known?.number?.split('@')[0]?.split(':')[0] ?? null,
    lid: known?.lid ?? null,
    participant: participantOf(copy),
    pushName: known?.pushName ?? (id.fromMe ? null : text(copy.notifyName)),
    type,
    body: bodyOf(copy, hasMedia),
    media: hasMedia
      ? {
          mimetype: text(copy.mimetype) ?? 'application/octet-stream',
          filename: text(copy.filename),
          bytes: number(copy.size),
        }
      : null,
    location:
      type === 'location' && lat !== null && lng !== null
        ? { latitude: lat, longitude: lng, description: text(copy.loc) }
        : null,
    // A message that the page has not loaded is known by the random part of its id alone.
    quotedId: known?.quotedId ?? text(copy.quotedStanzaID),
    // WhatsApp counts seconds.
    timestamp: (number(copy.t) ?? 0) * 1000,
  };
}

/** The key of a message, without its content. */
export function unreadableMessage(copy: MessageCopy): UnreadableMessage {
  const { id, chatId, fromMe, phoneNumber, lid, participant, timestamp } = heardMessage(copy);
  return { id, chatId, fromMe, phoneNumber, lid, participant, timestamp };
}

function bodyOf({ type, body, caption, pollName, eventName }: MessageCopy, hasMedia: boolean): string {
  if (hasMedia || PICTURED.has(type)) return text(caption) ?? '';
  return text(body) ?? text(pollName) ?? text(eventName) ?? '';
}

/** Null where the library takes for an edit what is none: a small picture that was loaded, a message that was decrypted. */
export function heardEdit(copy: MessageCopy, newBody: unknown, previous: unknown): EditFact | null {
  const body = bodyOf(copy, Boolean(copy.directPath));
  const editedAt = number(copy.latestEditSenderTimestampMs);
  if (!isWritten(copy) || body !== (newBody ?? '') || body === previous) return null;
  if (editedAt === null && typeof previous !== 'string') return null;
  return {
    messageId: idOf(copy.id),
    chatId: chatOf(copy),
    fromMe: copy.id.fromMe,
    participant: participantOf(copy),
    timestamp: editedAt,
    body,
    previousBody: typeof previous === 'string' ? previous : null,
  };
}

export function heardRevocation(copy: MessageCopy, scope: RevocationFact['scope']): RevocationFact {
  return {
    // A message that was deleted may stand under the id of the message that deleted it.
    messageId: (scope === 'everyone' && idOf(copy.protocolMessageKey)) || idOf(copy.id),
    chatId: chatOf(copy),
    fromMe: scope === 'me' || copy.id.fromMe,
    participant: participantOf(copy),
    timestamp: null,
    scope,
  };
}

export function heardReaction(reaction: wwebjs.Reaction): ReactionFact {
  const messageId = idOf(reaction.msgId);
  const chatId = partsOfMessageId(messageId)?.chatId ?? '';
  const sender = idOf(reaction.senderId);
  return {
    messageId,
    chatId,
    fromMe: (reaction.id as { readonly fromMe?: boolean } | undefined)?.fromMe === true,
    participant: isShared(chatId) ? sender : null,
    // The library makes seconds of it.
    timestamp: number(Math.round(reaction.timestamp * 1000)),
    sender,
    reaction: text(reaction.reaction),
  };
}
