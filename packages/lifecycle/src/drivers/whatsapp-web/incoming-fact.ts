/** Ids, acknowledgements and votes as whatsapp-web.js hands them over, in the words of the domain. */
import type wwebjs from 'whatsapp-web.js';
import { type HeardVote, partsOfMessageId } from '../../domain/inbound.js';
import type { AccountIdentity } from '../../domain/instance-state.js';
import type { Ack } from '../../domain/message.js';

/**
 * An id comes as a string, or as an object of the page with its own spelling of it. Where a message key has lost that
 * on its way, its parts give it again. Empty where nothing does.
 */
export function idOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  if ('_serialized' in value && typeof value._serialized === 'string') return value._serialized;
  const { fromMe, remote, id, self, participant } = value as Record<string, unknown>;
  const chatId = idOf(remote);
  if (typeof fromMe !== 'boolean' || !chatId || typeof id !== 'string' || !id) return '';
  return [String(fromMe), chatId, id, idOf(self), idOf(participant)].filter(Boolean).join('_');
}

export const ackOf = (ack: number): Ack => Math.max(-1, Math.min(4, Math.trunc(ack) || 0)) as Ack;

/** The library declares less of a vote than it hands over. */
export interface LibraryVote {
  readonly voter: unknown;
  /** Without a name where the page has forgotten the poll. */
  readonly selectedOptions: readonly { readonly name?: string | undefined; readonly localId: number }[];
  readonly parentMsgKey?: unknown;
  /** Milliseconds, in the library's spelling. */
  readonly interractedAtTs?: unknown;
  readonly parentMessage?: { readonly id?: unknown };
}
export function heardVote(vote: LibraryVote): HeardVote {
  const messageId = idOf(vote.parentMsgKey) || idOf(vote.parentMessage?.id);
  const names = vote.selectedOptions.flatMap(({ name }) => (name === undefined ? [] : [name]));
  return {
    messageId,
    chatId: partsOfMessageId(messageId)?.chatId ?? '',
    voter: idOf(vote.voter),
    // Some of the names would say that the others are not chosen.
    selectedOptions: names.length === vote.selectedOptions.length ? names : null,
    optionIds: vote.selectedOptions.map(({ localId }) => localId),
    timestamp: typeof vote.interractedAtTs === 'number' ? vote.interractedAtTs : null,
  };
}

export function identityOf(info: wwebjs.ClientInfo | undefined): AccountIdentity | null {
  const id = idOf(info?.wid);
  if (!id) return null;
  return {
    id,
    phoneNumber: id.endsWith('@c.us') ? (id.split('@')[0]?.split(':')[0] ?? null) : null,
    pushName: info?.pushname || null,
  };
}
