import { filedUnder } from './addresses.js';
import { Collection } from './collection.js';
import { connection } from './connection.js';
import { meet } from './contacts.js';
import { faults } from './faults.js';
import { Model } from './model.js';
import { traits } from './traits.js';
import { createWid } from './wid.js';

class ChatModel extends Model {
  msgs = new Collection();

  get formattedTitle() {
    return meet(this.id).formattedName;
  }

  serialize() {
    return { ...super.serialize(), msgs: this.msgs.getModelsArray().map((msg) => String(msg.id)) };
  }
}

export const Chat = new Collection((id) => openChat(createWid(id)));
export const Newsletters = new Collection((id) => openChat(createWid(id)));

function openChat(wid) {
  const chats = wid.isNewsletter() ? Newsletters : Chat;
  const known = chats.get(wid);
  if (known) return known;
  const chat = new ChatModel({
    id: wid,
    unreadCount: 0,
    t: 0,
    lastReceivedKey: undefined,
    archive: false,
    pin: 0,
    mute: { expiration: 0 },
    isLocked: false,
  });
  if (wid.isGroup())
    chat.groupMetadata = new Model({
      id: wid,
      participants: [],
      announce: false,
      isLidAddressingMode: traits.lidChats,
    });
  return chats.add(chat);
}

/** Files a message under its chat, which comes into being with its first message. */
export function fileMessage(msg) {
  const chat = openChat(createWid(msg.id.remote));
  chat.msgs.add(msg, { silent: true });
  chat.lastReceivedKey = msg.id;
  chat.set({ t: msg.t });
  return chat;
}

const resolved = new Set();

/** Asking the server whether a number exists also teaches the page its other address (the lid). */
export async function queryWidExists(wid) {
  if (faults.exists === 'hang') await new Promise(() => {});
  const answer = await connection.request({ t: 'exists', wid: wid._serialized });
  if (!answer) return null;
  resolved.add(wid._serialized);
  return { wid: createWid(answer.wid), biz: false };
}

/** A chat with a number that the page cannot resolve is refused in these words by the real page too. */
export async function findOrCreateLatestChat(wid) {
  const place = Chat.get(wid) ? wid : filedUnder(wid);
  if (!wid.isUser() || Chat.get(place)) return { chat: openChat(place), created: false };
  const registered = await connection.request({ t: 'exists', wid: wid._serialized });
  const unresolved =
    faults.noLid === 'always' || (faults.noLid === 'untilAsked' && !resolved.has(wid._serialized));
  if (!registered || (unresolved && !wid.isLid())) throw new Error('No LID for user');
  return { chat: openChat(place), created: true };
}

export async function sendSeen({ chat }) {
  if (chat.unreadCount > 0) chat.set({ unreadCount: 0 });
  connection.send({ t: 'seen', chat: chat.id._serialized });
}

export const ChatGetters = {
  getIsNewsletter: (chat) => chat.id.isNewsletter(),
  getIsBroadcast: (chat) => chat.id.isBroadcast(),
};
