/** What an account looks up in its page: numbers, which the page asks WhatsApp about, and the chats that it has. */
import type { Chat, ChatPlace, NumberLookup } from '../../domain/directory.js';
import { DriverError } from '../../ports/driver.js';
import { inPage } from './page-call.js';
import type { PageWorld } from './page-world.js';
import type { Page } from './web-client.js';

/** @throws what the page throws, DriverError DISCONNECTED */
export async function lookUpNumber(
  page: Page,
  { phoneNumber }: { readonly phoneNumber: string },
): Promise<NumberLookup> {
  const { chatId, number, lid } = loaded(await inPage(page, lookUpInPage, phoneNumber));
  return { exists: chatId !== null, chatId, phoneNumber: number?.split('@')[0] ?? phoneNumber, lid };
}

/** @throws what the page throws, DriverError DISCONNECTED */
export async function listChats(page: Page, { limit, after }: ChatsCall): Promise<readonly Chat[]> {
  return loaded(await inPage(page, listChatsInPage, { limit, after }));
}

function loaded<T>(answer: T | null): T {
  if (answer !== null) return answer;
  throw new DriverError({
    code: 'DISCONNECTED',
    message: 'The page is loading: whatsapp-web.js is not in it yet.',
  });
}

interface PageNumber {
  readonly chatId: string | null;
  /** Chat id of the number itself. */
  readonly number: string | null;
  readonly lid: string | null;
}

/** Null while the library's code is not in the page. */
export async function lookUpInPage(phoneNumber: string): Promise<PageNumber | null> {
  const page = globalThis as unknown as PageWorld;
  if (typeof page.WWebJS?.sendMessage !== 'function') return null;
  const asked = page.require('WAWebWidFactory').createWid(`${phoneNumber}@c.us`);
  const wid = (await page.require('WAWebQueryExistsJob').queryWidExists(asked))?.wid;
  if (!wid) return { chatId: null, number: null, lid: null };
  const chatId = wid._serialized;
  const isLid = chatId.endsWith('@lid');
  let other: string | null = null;
  try {
    const contacts = page.require('WAWebApiContact');
    other = (isLid ? contacts.getPhoneNumber(wid) : contacts.getCurrentLid(wid))?._serialized ?? null;
  } catch {
    // A page that does not tell the other address has answered all the same.
  }
  return isLid ? { chatId, number: other, lid: chatId } : { chatId, number: chatId, lid: other };
}

interface ChatsCall {
  readonly limit: number;
  readonly after: ChatPlace | null;
}

/**
 * Read from the page's own models: the library's `getChats` asks the network about each group, and hands over every
 * message that it has. Null while the library's code is not in the page.
 */
export function listChatsInPage({ limit, after }: ChatsCall): readonly Chat[] | null {
  const page = globalThis as unknown as PageWorld;
  if (typeof page.WWebJS?.sendMessage !== 'function') return null;
  const isBefore = (a: ChatPlace, b: ChatPlace) =>
    a.timestamp === b.timestamp ? a.id < b.id : a.timestamp > b.timestamp;
  return (
    page
      .require('WAWebCollections')
      .Chat.getModelsArray()
      // WhatsApp counts seconds.
      .map((chat) => ({ chat, id: chat.id._serialized, timestamp: (chat.t ?? 0) * 1000 }))
      // Status updates and broadcast lists are chats to the page, and nothing can be sent to them.
      .filter((place) => !place.id.endsWith('@broadcast') && (after === null || isBefore(after, place)))
      .sort((a, b) => (isBefore(a, b) ? -1 : 1))
      .slice(0, limit)
      .map(({ chat, id, timestamp }) => {
        let name: string | null = null;
        try {
          name = chat.formattedTitle ?? chat.name ?? null;
        } catch {
          // The page makes the title of what it knows of the contact, which may be nothing.
        }
        return {
          id,
          name,
          isGroup: id.endsWith('@g.us'),
          unreadCount: Math.max(0, chat.unreadCount ?? 0),
          isMarkedUnread: (chat.unreadCount ?? 0) < 0,
          isArchived: chat.archive === true,
          isPinned: Boolean(chat.pin),
          isMuted: Boolean(chat.mute?.expiration),
          timestamp: timestamp || null,
        };
      })
  );
}
