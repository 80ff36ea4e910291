/** What can be sent, and how an accepted item looks while it waits, travels and settles. */

/** A JSON object of at most 4 KiB, echoed on the item, its facts and webhooks. wakeeper never reads it. */
export type Metadata = Readonly<Record<string, unknown>>;

export interface MediaContent {
  /** MIME type, for example `image/png`. */
  readonly mimetype: string;
  /** The bytes in base64. */
  readonly data: string;
  readonly filename?: string;
  readonly caption?: string;
  /** Send as a document, whatever the type. */
  readonly asDocument?: boolean;
  /** Send audio as a voice note. */
  readonly asVoice?: boolean;
}
export interface LocationContent {
  readonly latitude: number;
  readonly longitude: number;
  readonly name?: string;
  readonly address?: string;
}
export interface ContactContent {
  readonly name: string;
  /** Digits only, with country code. */
  readonly phoneNumber: string;
}

/** Exactly one of the contents. `to` is a chat id (see recipient.ts). */
export interface MessagePayload {
  readonly to: string;
  readonly text?: string;
  readonly media?: MediaContent;
  readonly location?: LocationContent;
  readonly contact?: ContactContent;
  /** The message that this one answers. One that the account does not have makes the send fail. */
  readonly quotedMessageId?: string;
  /** Chat ids of people; the text or caption says `@` and the part before their `@` where each is meant. */
  readonly mentions?: readonly string[];
  /** Whether a text with a link shows what is behind it; true by default. */
  readonly linkPreview?: boolean;
}
export interface PollPayload {
  readonly to: string;
  readonly question: string;
  /** 2 to 12 different options. */
  readonly options: readonly string[];
  readonly allowMultipleAnswers?: boolean;
}
export type ItemContent =
  | { readonly type: 'message'; readonly payload: MessagePayload }
  | { readonly type: 'poll'; readonly payload: PollPayload };

/**
 * Life of an item: `queued -> sending -> sent | failed | uncertain | expired | cancelled`; `sending` goes back to
 * `queued` when the attempt was proved unsent, `uncertain` may still become any of the settled ones.
 */
export const ITEM_STATUSES = [
  'queued',
  'sending',
  'sent',
  'failed',
  'uncertain',
  'expired',
  'cancelled',
] as const;
export type ItemStatus = (typeof ITEM_STATUSES)[number];
/** Waits, or is on its way. */
export const isOpen = (status: ItemStatus): boolean => status === 'queued' || status === 'sending';
/** What counts against MAX_QUEUE_SIZE and in queueDepth. What is held is in nobody's way. */
export const isInLine = ({ status, held }: Pick<ItemProgress, 'status' | 'held'>): boolean =>
  isOpen(status) && !held;

/** WhatsApp's acknowledgement: -1 error, 0 pending on the phone, 1 server, 2 device, 3 read, 4 played. */
export type Ack = -1 | 0 | 1 | 2 | 3 | 4;

/** Media as a list tells of them: by their size. The bytes of a page of them would fill the memory. */
export type ListedMedia = Omit<MediaContent, 'data'> & { readonly bytes: number };
export type ListedContent =
  | {
      readonly type: 'message';
      readonly payload: Omit<MessagePayload, 'media'> & { readonly media?: ListedMedia };
    }
  | Extract<ItemContent, { type: 'poll' }>;

/** The content as a list tells of it. */
export function listedContent(content: ItemContent): ListedContent {
  if (content.type === 'poll' || !content.payload.media) return content as ListedContent;
  const { data, ...media } = content.payload.media;
  const bytes = Buffer.byteLength(data, 'base64');
  return { type: content.type, payload: { ...content.payload, media: { ...media, bytes } } };
}

export type QueueItem = ItemContent & ItemProgress;
/** An item without the bytes of its media. */
export type ListedItem = ListedContent & ItemProgress;
export const listedItem = (item: QueueItem): ListedItem => ({ ...item, ...listedContent(item) });

/** What is known of an item besides its content. All times in epoch milliseconds. */
export interface ItemProgress {
  /** Unique in the store; the `queueId` of receipts. */
  readonly id: string;
  readonly instanceId: string;
  /** Order of acceptance within the instance, growing. */
  readonly seq: number;
  readonly status: ItemStatus;
  /** The account that it was accepted for; null when none was known then. */
  readonly account: string | null;
  /** `queued`, and not sent before a person releases it: another account is paired than the one it was accepted for. */
  readonly held: boolean;
  /** `queued`, and passed over while the page cannot do this; or null. */
  readonly waitsFor: string | null;
  readonly metadata: Metadata | null;
  readonly createdAt: number;
  /** From then on it is not sent any more, or null. */
  readonly expiresAt: number | null;
  readonly attemptCount: number;
  /** The message key of every attempt: chosen before the first one, the same for a resend. */
  readonly messageKey: string | null;
  /** WhatsApp's serialized id, known once the message is in the chat. */
  readonly messageId: string | null;
  readonly ack: Ack | null;
  readonly error: string | null;
  readonly errorCode: string | null;
  readonly attemptedAt: number | null;
  readonly settledAt: number | null;
}
