/** What an account can look up: whether a number is on WhatsApp, and its own chats. */

export interface NumberLookup {
  readonly exists: boolean;
  /** Where messages to the number go; null when it is not on WhatsApp. */
  readonly chatId: string | null;
  /**
   * Digits with country code, as WhatsApp has the number, which is not always as people write it (some countries have
   * lengthened theirs); as it was asked for when it is not on WhatsApp.
   */
  readonly phoneNumber: string;
  /** The number's other chat id, which does not show the number; null where WhatsApp tells none. */
  readonly lid: string | null;
}

export interface Chat {
  /** A chat id, to which messages can be sent. */
  readonly id: string;
  readonly name: string | null;
  readonly isGroup: boolean;
  readonly unreadCount: number;
  /** Somebody has marked it as unread by hand. */
  readonly isMarkedUnread: boolean;
  readonly isArchived: boolean;
  readonly isPinned: boolean;
  readonly isMuted: boolean;
  /** When something last happened in it, epoch milliseconds; null where WhatsApp does not say. */
  readonly timestamp: number | null;
}

/** A place in the list of chats, which is newest first and, at the same time, by id. */
export interface ChatPlace {
  /** 0 for chats without one. */
  readonly timestamp: number;
  readonly id: string;
}

export const placeOfChat = ({ id, timestamp }: Pick<Chat, 'id' | 'timestamp'>): ChatPlace => ({
  timestamp: timestamp ?? 0,
  id,
});

/** Negative when `a` stands before `b`. */
export const compareChatPlaces = (a: ChatPlace, b: ChatPlace): number =>
  b.timestamp - a.timestamp || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
