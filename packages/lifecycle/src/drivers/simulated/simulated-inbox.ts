/** The messages of an account's chats, as the phone has them: what a page can be asked for afterwards. */
import { type HeardMessage, isIgnored } from '../../domain/inbound.js';
import type { FetchedMessages, FetchMessagesRequest, MediaAnswer } from '../../ports/driver.js';

interface Kept {
  readonly message: HeardMessage;
  readonly bytes: Uint8Array | null;
}

/** People may play for days. */
const KEPT_MESSAGES = 5_000;

export class SimulatedInbox {
  readonly #messages = new Map<string, Kept>();

  add(message: HeardMessage, bytes: Uint8Array | null = null): void {
    this.#messages.set(message.id, { message, bytes });
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
    const found = [...this.#messages.values()]
      .map(({ message }) => message)
      .filter(({ timestamp, chatId }) => timestamp >= since && !isIgnored(chatId, ignore))
      .sort((a, b) => a.timestamp - b.timestamp);
    return { messages: found.slice(0, limit), more: found.length > limit };
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
