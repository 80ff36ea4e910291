/** The messages of an account's chats, as the phone has them: what a page can be asked for afterwards. */
import { type HeardMessage, isIgnored, type UnreadableMessage } from '../../domain/inbound.js';
import type { FetchedMessages, FetchMessagesRequest, MediaAnswer } from '../../ports/driver.js';

interface Kept {
  readonly message: HeardMessage;
  readonly bytes: Uint8Array | null;
  /** The page shows "waiting for this message". */
  readonly isUnreadable?: boolean;
}

/** What a page knows of a message that it cannot read. */
export function simulatedKey(message: HeardMessage): UnreadableMessage {
  const { id, chatId, fromMe, phoneNumber, lid, participant, timestamp } = message;
  return { id, chatId, fromMe, phoneNumber, lid, participant, timestamp };
}

/** People may play for days. */
const KEPT_MESSAGES = 5_000;

export class SimulatedInbox {
  readonly #messages = new Map<string, Kept>();

  add(message: HeardMessage, bytes: Uint8Array | null = null, isUnreadable = false): void {
    this.#messages.set(message.id, { message, bytes, isUnreadable });
    if (this.#messages.size <= KEPT_MESSAGES) return;
    for (const oldest of this.#messages.keys()) {
      this.#messages.delete(oldest);
      break;
    }
  }

  find(id: string): Kept | undefined {
    return this.#messages.get(id);
  }

  /** Whether anything is there of a chat. */
  has(chatId: string): boolean {
    for (const { message } of this.#messages.values()) if (message.chatId === chatId) return true;
    return false;
  }

  /** @throws Error when there is no such message, or it can be read */
  decrypt(id: string): HeardMessage {
    const known = this.#messages.get(id);
    if (!known?.isUnreadable) throw new Error(`There is no unreadable message "${id}".`);
    this.#messages.set(id, { ...known, isUnreadable: false });
    return known.message;
  }

  change(id: string, change: Partial<HeardMessage>): HeardMessage {
    const known = this.#messages.get(id);
    if (!known) throw new Error(`There is no message "${id}".`);
    const message = { ...known.message, ...change };
    this.#messages.set(id, { ...known, message });
    return known.message;
  }

  remove(id: string): HeardMessage {
    const message = this.change(id, {});
    this.#messages.delete(id);
    return message;
  }

  since({ since, limit, ignore }: Pick<FetchMessagesRequest, 'since' | 'limit' | 'ignore'>): FetchedMessages {
    const all = [...this.#messages.values()].filter(
      ({ message: { timestamp, chatId } }) => timestamp >= since && !isIgnored(chatId, ignore),
    );
    const found = all
      .filter(({ isUnreadable }) => !isUnreadable)
      .map(({ message }) => message)
      .sort((a, b) => a.timestamp - b.timestamp);
    const unreadable = all
      .filter(({ isUnreadable }) => isUnreadable)
      .map(({ message }) => simulatedKey(message));
    return { messages: found.slice(0, limit), unreadable, more: found.length > limit };
  }
}

export function simulatedMedia(kept: Kept | undefined, maxBytes: number): MediaAnswer {
  if (!kept) return { outcome: 'unknownMessage' };
  const { message, bytes } = kept;
  if (!message.media || !bytes) return { outcome: 'noMedia' };
  if (bytes.length > maxBytes) return { outcome: 'tooLarge', bytes: bytes.length };
  const { mimetype, filename } = message.media;
  return { outcome: 'fetched', mimetype, filename, bytes };
}
