/** What is done to a message or a chat without sending one, as it runs in the page. Each function travels as its source. */
import type { PageWorld } from './page-world.js';

/** False when the account has no such message. */
export async function reactInPage(call: {
  readonly messageId: string;
  readonly emoji: string;
}): Promise<boolean> {
  const page = globalThis as unknown as PageWorld;
  if (!page.WWebJS) throw new Error('The page is loading: whatsapp-web.js is not in it yet.');
  const { messageId, emoji } = call;
  // The page throws at what is no id.
  if (!/^(true|false)_[^_]+_[^_]+/.test(messageId)) return false;
  const { Msg } = page.require('WAWebCollections');
  const message = Msg.get(messageId) ?? (await Msg.getMessagesById([messageId]))?.messages?.[0];
  if (!message) return false;
  await page.require('WAWebSendReactionMsgAction').sendReactionToMsg(message, emoji);
  return true;
}

/** False when the account has no such chat: the library's own look-up would make one. */
export async function markReadInPage(call: { readonly chatId: string }): Promise<boolean> {
  const page = globalThis as unknown as PageWorld;
  const library = page.WWebJS;
  if (!library) throw new Error('The page is loading: whatsapp-web.js is not in it yet.');
  const { Chat, WAWebNewsletterCollection } = page.require('WAWebCollections');
  const wid = page.require('WAWebWidFactory').createWid(call.chatId);
  // A chat with a phone number may be filed under its other address.
  const lid = () => {
    const known =
      wid.isLid() || !wid.isUser() ? undefined : page.require('WAWebApiContact').getCurrentLid(wid);
    return known && Chat.get(known);
  };
  const chat = Chat.get(wid) ?? WAWebNewsletterCollection?.get(wid) ?? lid();
  if (!chat) return false;
  return library.sendSeen(chat.id._serialized);
}
