/** Sending and finding, as they run in the page. Each function stands alone: it travels as its source. */
import type { PageRestriction } from './page-timelock.js';
import type { PageMessage, PageWid, PageWorld } from './page-world.js';

export interface SendCall {
  readonly to: string;
  /** The random part of the message's id. */
  readonly key: string;
  readonly content: string;
  readonly options: Readonly<Record<string, unknown>> & { readonly quotedMessageId?: string };
  /** How long the question may take whether a number is on WhatsApp. */
  readonly existsTimeoutMs: number;
  /** A new chat is opened only where that question is answered. */
  readonly needsExists: boolean;
  /** How long a link may take to be previewed; 0 for no preview. */
  readonly previewTimeoutMs: number;
}

export type SendAnswer = {
  /** The document that took the call. */
  readonly document: number;
} & (
  | { readonly outcome: 'added'; readonly messageId: string; readonly ack: number }
  | { readonly outcome: 'timelocked'; readonly restriction: PageRestriction }
  | {
      readonly outcome: 'notFound' | 'quoteNotFound' | 'tooLarge' | 'unsent' | 'unclear';
      readonly message: string;
    }
);

/**
 * Sends with a message key of our choice. The library asks for a new key right after it has read `invokedBotWid` from its
 * options, in the same turn: a getter there puts our key in place for exactly that one question, so that nothing else in
 * the page can take it. A message that is in the page already is not sent again.
 */
export async function sendInPage(call: SendCall): Promise<SendAnswer> {
  const page = globalThis as unknown as PageWorld;
  const document = page.performance.timeOrigin;
  const textOf = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown));
  const library = page.WWebJS;
  if (typeof library?.sendMessage !== 'function')
    return { document, outcome: 'unsent', message: 'The page is loading: whatsapp-web.js is not in it yet.' };
  for (let turn = 0; !page.wakeeperJournal && turn < 40; turn++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const journal = page.wakeeperJournal;
  if (!journal)
    return { document, outcome: 'unsent', message: 'The page is loading: its journal is not open yet.' };
  const { Msg, Chat } = page.require('WAWebCollections');
  const ids = page.wakeeperIds;
  const mine = () => ids.remembered(ids.spellingsOf(call.to, call.key), call.key);
  const added = (message: PageMessage): SendAnswer => {
    const messageId = ids.textOf(message.id);
    return messageId
      ? { document, outcome: 'added', messageId, ack: message.ack ?? 0 }
      : { document, outcome: 'unclear', message: 'The page took the message and shows no id of it.' };
  };

  const inTime = <T>(question: Promise<T>, timeoutMs: number): Promise<T | 'silence'> => {
    const silence = new Promise<'silence'>((resolve) => setTimeout(resolve, timeoutMs, 'silence'));
    return Promise.race([question.catch(() => 'silence' as const), silence]);
  };
  /** Why the message cannot be quoted that should be. */
  const obstacleToQuoting = async (): Promise<string | undefined> => {
    const id = call.options.quotedMessageId;
    if (id === undefined) return undefined;
    const missing = `The account has no message ${id} that could be quoted.`;
    if (!/^(true|false)_[^_]+_[^_]+/.test(id)) return missing;
    const quoted = Msg.get(id) ?? (await Msg.getMessagesById([id]))?.messages?.[0];
    if (!quoted) return missing;
    return page.require('WAWebMsgReply').canReplyMsg(quoted.unsafe())
      ? undefined
      : `WhatsApp does not let the message ${id} be quoted.`;
  };
  /** As the library does it; without one, or without an answer in time, the text goes out alone. */
  const preview = async (): Promise<object> => {
    if (call.previewTimeoutMs === 0) return {};
    const lookUp = async () => {
      const link = page.require('WALinkify').findLink(call.content);
      return link && (await page.require('WAWebLinkPreviewChatAction').getLinkPreview(link))?.data;
    };
    const found = await inTime(lookUp(), call.previewTimeoutMs);
    return found && found !== 'silence' ? { ...found, preview: true, subtype: 'url' } : {};
  };

  /** What is no address now will be none at the next attempt. */
  const unaddressed = (thrown: unknown): SendAnswer => {
    const message = textOf(thrown);
    return { document, outcome: /invalid wid/i.test(message) ? 'notFound' : 'unsent', message };
  };
  /** The chat with a person may be filed under the lid. */
  const chatUnder = (wid: PageWid) => {
    try {
      const lid = page.require('WAWebApiContact').getCurrentLid(wid);
      return Chat.get(wid) ?? (lid ? Chat.get(lid) : undefined);
    } catch {
      return Chat.get(wid);
    }
  };
  /** Where the message goes, or why it does not. Who has no chat yet is asked about: that also teaches the page the number's
   * other address, without which it refuses to write. */
  const address = async (): Promise<string | SendAnswer> => {
    const widFactory = page.require('WAWebWidFactory');
    let wid: PageWid;
    try {
      wid = widFactory.createWid(call.to);
    } catch (thrown) {
      return unaddressed(thrown);
    }
    if (!call.to.endsWith('@c.us') || chatUnder(wid)) return call.to;
    // A page that has lost the question is as one that does not answer it.
    const ask = async () => page.require('WAWebQueryExistsJob').queryWidExists(wid);
    const known: { wid?: PageWid } | null | undefined | 'silence' = await inTime(ask(), call.existsTimeoutMs);
    if (known !== 'silence')
      return (
        known?.wid?._serialized ?? {
          document,
          outcome: 'notFound',
          message: `${call.to} is not on WhatsApp.`,
        }
      );
    // Without an answer the attempt to send shows it, unless the answer is required.
    if (!call.needsExists) return call.to;
    const message = `WhatsApp did not say whether ${call.to} is registered, and RECIPIENT_CHECK=required opens no new chat without that.`;
    return { document, outcome: 'unsent', message };
  };

  let keyTaken = false;
  let keyRefused = false;
  try {
    const stored = () => ids.stored(ids.spellingsOf(call.to, call.key)).catch(() => undefined);
    const before = mine() ?? (await stored());
    if (before) return added(before);

    const chatId = await address();
    if (typeof chatId !== 'string') return chatId;
    const restriction = page.wakeeperTimelock?.forbids(chatId);
    if (restriction) return { document, outcome: 'timelocked', restriction };
    let chat: unknown;
    try {
      chat = await library.getChat(chatId, { getAsModel: false });
    } catch (thrown) {
      return unaddressed(thrown);
    }
    if (!chat) return { document, outcome: 'notFound', message: `There is no chat ${call.to}.` };

    const obstacle = await obstacleToQuoting();
    if (obstacle) return { document, outcome: 'quoteNotFound', message: obstacle };

    const options: Record<string, unknown> = {
      ...call.options,
      ...(await preview()),
    };
    Object.defineProperty(options, 'invokedBotWid', {
      enumerable: false,
      configurable: true,
      get: () => {
        if (keyTaken) return undefined;
        const keys = page.require('WAWebMsgKey');
        const { newId } = keys;
        keys.newId = () => {
          keys.newId = newId;
          keyTaken = true;
          return Promise.resolve(call.key);
        };
        // A page that does not let go of its own keys (nothing is thrown here): the message is known by the id it gets.
        keyRefused = keys.newId === newId;
        // The library asks in this very turn; whoever asks later gets a key of the page again.
        queueMicrotask(() => {
          if (!keyTaken && !keyRefused) keys.newId = newId;
        });
        return undefined;
      },
    });
    // From here on nobody can know any more, unless the message is seen.
    await journal.begin(call.key);
    const sent = (await library.sendMessage(chat, call.content, options)) ?? mine();
    if (sent) return added(sent);
    // The call ended well and shows no message: it may be there under an id that nobody knows.
    return { document, outcome: 'unclear', message: 'The page did not say what became of the message.' };
  } catch (thrown) {
    const message = textOf(thrown);
    if (keyRefused) return { document, outcome: 'unclear', message };
    // A call that fails has sent all the same when the message is in the chat.
    const there = keyTaken ? mine() : undefined;
    if (there) return added(there);
    // A mark that stays proves nothing, which is no harm.
    await journal.undo(call.key).catch(() => {});
    if (/too (large|big)|exceeds|FileSize|MediaTooLarge/i.test(message))
      return { document, outcome: 'tooLarge', message };
    return { document, outcome: 'unsent', message };
  }
}

export interface FindCall {
  readonly to: string;
  readonly key: string;
  /** The id that the message got in the end, where it is known. */
  readonly messageId: string | null;
}
export interface FindAnswer {
  readonly document: number;
  /** `messageId` is empty where the page has the message and shows no id of it. */
  readonly found: { readonly messageId: string; readonly ack: number } | null;
  /** Whether the page got as far as sending it, by the journal of this token. */
  readonly began: boolean;
  readonly token: string | null;
}

/** Looks in the page's memory first, then in its database. */
export async function findInPage(call: FindCall): Promise<FindAnswer> {
  const page = globalThis as unknown as PageWorld;
  const ids = page.wakeeperIds;
  const spellings = [...(call.messageId ? [call.messageId] : []), ...ids.spellingsOf(call.to, call.key)];
  const message = ids.remembered(spellings, call.key) ?? (await ids.stored(spellings));
  // Asked after the history: what begins in between is seen as begun.
  const [began, token] = await Promise.all([
    page.wakeeperJournal?.began(call.key) ?? true,
    page.wakeeperJournal?.token() ?? null,
  ]).catch(() => [true, null] as const);
  return {
    began,
    token,
    document: page.performance.timeOrigin,
    found: message ? { messageId: ids.textOf(message.id), ack: message.ack ?? 0 } : null,
  };
}

export async function journalToken(): Promise<string | null> {
  const page = globalThis as unknown as PageWorld;
  return (await page.wakeeperJournal?.token().catch(() => null)) ?? null;
}
