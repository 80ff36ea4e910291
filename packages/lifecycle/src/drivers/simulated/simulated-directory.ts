/** Which numbers are on the simulated WhatsApp, and the chats of an account. */
import {
  type Chat,
  type ChatPlace,
  compareChatPlaces,
  type NumberLookup,
  placeOfChat,
} from '../../domain/directory.js';
import type { HeardMessage } from '../../domain/inbound.js';

/** Country code 999 is not assigned: numbers under it are not on WhatsApp, here as there. */
const UNKNOWN_NUMBER = /^999\d*@c\.us$/;
/** Brazil has lengthened its mobile numbers by a 9; WhatsApp has many of them still without it. */
const LENGTHENED = /^(55[3-9]\d)9(\d{8})$/;

export const isOnWhatsApp = (chatId: string): boolean => !UNKNOWN_NUMBER.test(chatId);

export function simulatedLookup(asked: string): NumberLookup {
  const phoneNumber = asked.replace(LENGTHENED, '$1$2');
  const chatId = `${phoneNumber}@c.us`;
  if (!isOnWhatsApp(chatId)) return { exists: false, chatId: null, phoneNumber: asked, lid: null };
  return { exists: true, chatId, phoneNumber, lid: `9${phoneNumber}@lid` };
}

/** People play for days. */
const KEPT_CHATS = 1_000;

export class SimulatedChats {
  /** By id, the one with the latest message last. */
  readonly #chats = new Map<string, Chat>();

  received({ chatId, fromMe }: HeardMessage, at: number): void {
    this.#touch(chatId, at, fromMe ? 0 : 1);
  }

  wrote(chatId: string, at: number): void {
    this.#touch(chatId, at, 0);
  }

  list({ limit, after }: { readonly limit: number; readonly after: ChatPlace | null }): readonly Chat[] {
    return [...this.#chats.values()]
      .filter((chat) => after === null || compareChatPlaces(after, placeOfChat(chat)) < 0)
      .sort((a, b) => compareChatPlaces(placeOfChat(a), placeOfChat(b)))
      .slice(0, limit);
  }

  #touch(id: string, timestamp: number, unread: number): void {
    const isGroup = id.endsWith('@g.us');
    const user = id.split('@')[0] ?? id;
    const unreadCount = (this.#chats.get(id)?.unreadCount ?? 0) + unread;
    this.#chats.delete(id);
    this.#chats.set(id, {
      id,
      name: isGroup ? `Group ${user}` : `+${user}`,
      isGroup,
      unreadCount,
      isMarkedUnread: false,
      isArchived: false,
      isPinned: false,
      isMuted: false,
      timestamp,
    });
    const [oldest] = this.#chats.keys();
    if (this.#chats.size > KEPT_CHATS && oldest !== undefined) this.#chats.delete(oldest);
  }
}
