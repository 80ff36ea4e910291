/** Asking the page for what it has: messages of late, and the file of a message. Each function stands alone: it travels as its source. */
import type { PageIds } from './page-ids.js';
import type { PageMessageModel } from './page-messages.js';
import type { PageWid } from './page-world.js';

export interface RecentCall {
  /** WhatsApp's time, in its seconds. */
  readonly since: number;
  readonly limit: number;
  readonly ignore: readonly string[];
  /** Types of messages that nobody wrote. */
  readonly notices: readonly string[];
  /** How long the database may take for a part of one chat. */
  readonly loadMs: number;
  /** So many messages of one chat are looked at. */
  readonly ofChat: number;
  /** At most so many unreadable messages are reported. */
  readonly mostUnreadable: number;
}

interface Chat {
  readonly id: PageWid;
  /** Of its newest message. */
  readonly t?: number;
  readonly msgs: { getModelsArray(): HistoryMessage[] };
}
interface HistoryMessage extends PageMessageModel {
  readonly t?: number;
  readonly type: string;
  readonly isNotification?: boolean;
}
interface MediaMessage {
  readonly mediaData?: { readonly mediaStage?: string };
  readonly directPath?: string;
  readonly mimetype?: string;
  readonly filename?: string;
  readonly size?: number;
  readonly type: string;
  downloadMedia(options: object): Promise<unknown>;
}
interface HistoryWorld {
  readonly wakeeperIds: PageIds;
  require(name: 'WAWebCollections'): {
    Chat: { getModelsArray(): Chat[] };
    WAWebNewsletterCollection?: { getModelsArray(): Chat[] };
    Msg: {
      get(id: string): MediaMessage | undefined;
      getMessagesById(ids: string[]): Promise<{ messages?: (MediaMessage | undefined)[] } | undefined>;
    };
  };
  require(name: 'WAWebChatLoadMessages'): {
    loadEarlierMsgs(request: { chat: Chat }): Promise<HistoryMessage[] | null | undefined>;
  };
  require(name: 'WAWebDownloadManager'): {
    downloadManager: { downloadAndMaybeDecrypt(request: object): Promise<ArrayBuffer> };
  };
  readonly WWebJS?: {
    getMessageModel(message: HistoryMessage): Record<string, unknown>;
    arrayBufferToBase64Async(bytes: ArrayBuffer): Promise<string>;
  };
}

export interface RecentAnswer {
  /** Copies as the library makes them, the oldest first, without what is heavy in them. */
  readonly messages: readonly Record<string, unknown>[];
  /** The same of messages that the page cannot read yet; the limit does not count them. */
  readonly unreadable: readonly Record<string, unknown>[];
  readonly more: boolean;
  /** The unreadable ones are not all: there are too many, or a chat did not load in time. */
  readonly isPartial: boolean;
  /** So many had no id, and are not among them. */
  readonly nameless: number;
}

/** Chats keep their newest messages in memory; earlier ones are loaded from the page's database as far as they are wanted. */
export async function recentInPage(call: RecentCall): Promise<RecentAnswer> {
  const { since, limit, ignore, notices, loadMs, ofChat, mostUnreadable } = call;
  const page = globalThis as unknown as HistoryWorld;
  const library = page.WWebJS;
  if (!library) throw new Error('The page is loading: whatsapp-web.js is not in it yet.');
  const { Chat: chats, WAWebNewsletterCollection: channels } = page.require('WAWebCollections');
  const isWanted = (id: string) =>
    !(
      (id === 'status@broadcast' && ignore.includes('status')) ||
      (id.endsWith('@newsletter') && ignore.includes('channels')) ||
      (id.endsWith('@g.us') && ignore.includes('groups'))
    );
  const isRecent = (message: HistoryMessage) => Number(message.t) >= since;
  const { textOf } = page.wakeeperIds;
  const found = new Map<string, HistoryMessage>();
  const nameless = new Set<HistoryMessage>();
  const sealed = new Map<string, HistoryMessage>();
  let isLate = false;
  const all = [...chats.getModelsArray(), ...(channels?.getModelsArray() ?? [])];
  for (const chat of all) {
    if (!isWanted(chat.id._serialized) || (chat.t !== undefined && chat.t < since)) continue;
    const loaded = new Map<string, HistoryMessage>();
    const keep = (message: HistoryMessage) => {
      const id = textOf(message.id);
      if (id) loaded.set(id, message);
      else nameless.add(message);
    };
    chat.msgs.getModelsArray().forEach(keep);
    // A chat without memory of its own may still have something in the database.
    while (loaded.size < ofChat && [...loaded.values()].every(isRecent)) {
      const before = loaded.size;
      const silence = new Promise<'late'>((resolve) => setTimeout(resolve, loadMs, 'late'));
      const loading = page.require('WAWebChatLoadMessages').loadEarlierMsgs({ chat });
      const earlier = await Promise.race([loading, silence]);
      if (earlier === 'late') isLate = true;
      else earlier?.forEach(keep);
      if (loaded.size === before) break;
    }
    for (const [id, message] of loaded) {
      if (!isRecent(message)) continue;
      if (message.type === 'ciphertext') sealed.set(id, message);
      else if (!message.isNotification && !notices.includes(message.type)) found.set(id, message);
    }
  }
  const inOrder = [...found.values()].sort((a, b) => Number(a.t) - Number(b.t));
  const heavy = [
    'quotedMsg',
    'msgs',
    'mediaData',
    'mediaObject',
    'preview',
    'thumbnail',
    'links',
    'waveform',
  ];
  const pictured = ['image', 'video', 'sticker', 'document', 'audio', 'ptt', 'location'];
  const lightCopy = (message: HistoryMessage) => {
    const copy = { ...library.getMessageModel(message) };
    for (const name of heavy) delete copy[name];
    if (pictured.includes(message.type)) delete copy.body;
    return copy;
  };
  const messages = inOrder.slice(0, limit).map(lightCopy);
  const unreadable = [...sealed.values()].slice(0, mostUnreadable).map(lightCopy);
  const isPartial = isLate || sealed.size > mostUnreadable;
  return { messages, unreadable, more: inOrder.length > limit, isPartial, nameless: nameless.size };
}

export interface MediaCall {
  readonly messageId: string;
  readonly maxBytes: number;
}
export type MediaInPage =
  | {
      readonly outcome: 'fetched';
      readonly mimetype: string;
      readonly filename: string | null;
      readonly data: string;
    }
  | { readonly outcome: 'unknownMessage' | 'noMedia' }
  | { readonly outcome: 'tooLarge'; readonly bytes: number };

/** As the library downloads, with the size asked first: the bytes travel in one piece. */
export async function mediaInPage({ messageId, maxBytes }: MediaCall): Promise<MediaInPage> {
  const page = globalThis as unknown as HistoryWorld;
  const library = page.WWebJS;
  if (!library) throw new Error('The page is loading: whatsapp-web.js is not in it yet.');
  const { Msg } = page.require('WAWebCollections');
  const stored = async () => (await Msg.getMessagesById([messageId]))?.messages?.[0];
  const message = Msg.get(messageId) ?? (await stored().catch(() => undefined));
  if (!message) return { outcome: 'unknownMessage' };
  const { mimetype = 'application/octet-stream', filename = null, size = 0 } = message;
  if (!message.directPath || !message.mediaData) return { outcome: 'noMedia' };
  if (size > maxBytes) return { outcome: 'tooLarge', bytes: size };
  if (message.mediaData.mediaStage !== 'RESOLVED')
    await message.downloadMedia({ downloadEvenIfExpensive: true, rmrReason: 1 });
  // WhatsApp asks the phone to upload it again, or has given up.
  if (/ERROR|FETCHING|REUPLOADING/.test(message.mediaData.mediaStage ?? '')) return { outcome: 'noMedia' };
  const nobodyMeasures = {
    addAnnotations() {
      return this;
    },
    addPoint() {
      return this;
    },
  };
  const fields = ['directPath', 'encFilehash', 'filehash', 'mediaKey', 'mediaKeyTimestamp', 'type'] as const;
  const source = message as unknown as Record<string, unknown>;
  try {
    const bytes = await page.require('WAWebDownloadManager').downloadManager.downloadAndMaybeDecrypt({
      ...Object.fromEntries(fields.map((name) => [name, source[name]])),
      signal: new AbortController().signal,
      downloadQpl: nobodyMeasures,
    });
    if (bytes.byteLength > maxBytes) return { outcome: 'tooLarge', bytes: bytes.byteLength };
    return { outcome: 'fetched', mimetype, filename, data: await library.arrayBufferToBase64Async(bytes) };
  } catch (thrown) {
    const { status } = (thrown ?? {}) as { status?: unknown };
    if (status === 404 || status === 410) return { outcome: 'noMedia' };
    throw thrown;
  }
}
