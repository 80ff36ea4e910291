import { fileMessage } from './chats.js';
import { Collection } from './collection.js';
import { faults } from './faults.js';
import { noteReading } from './fresh-link.js';
import { Model } from './model.js';
import { MsgKey } from './msg-key.js';
import { storage } from './storage.js';
import { traits } from './traits.js';
import { createWid } from './wid.js';
import { chatless } from './wire-message.js';

/** A message in the page. What is not data (the media, the upload) stays outside its attributes. */
export class MsgModel extends Model {
  constructor(attributes) {
    super(attributes);
    if (!this.id) throw new Error('Data passed to getter must include an id property');
  }

  unsafe() {
    return this;
  }

  canReply() {
    return !faults.noQuoting;
  }

  msgContextInfo() {
    return {
      quotedMsg: chatless(this.serialize()),
      quotedMsgKey: String(this.id),
      quotedStanzaID: this.id.id,
      quotedParticipant: createWid(this.author ?? this.from),
      quotedRemoteJid: createWid(this.id.remote),
    };
  }

  get mediaData() {
    return this.directPath ? { mediaStage: 'RESOLVED', type: this.type } : undefined;
  }

  async downloadMedia() {}

  avParams() {
    return {};
  }

  updateAck(ack) {
    this.set({ ack });
  }
}

/** What the page's database holds: `{id, data, pending, seq}` by message id. Kept in memory too, so that reads cannot block. */
const records = new Map();
let lastSeq = 0;

function revive({ id, data }) {
  const wids = {};
  for (const name of ['from', 'to', 'author', 'quotedParticipant', 'quotedRemoteJid']) {
    if (data[name]) wids[name] = createWid(data[name]);
  }
  return new MsgModel({
    ...data,
    ...wids,
    id: MsgKey.fromString(id),
    isNewMsg: false,
    local: false,
  });
}

export const Msg = new Collection();
Msg.modelClass = MsgModel;

/** What the database says of a look-up by what is no text: not the page's own words, and the same on every browser. */
const NO_KEY = "Failed to execute 'get' on 'IDBObjectStore': No key or key range specified.";

Msg.getMessagesById = async (ids) => {
  if (traits.strictLookUps && ids.some((id) => typeof id !== 'string'))
    throw new DOMException(NO_KEY, 'DataError');
  const found = ids.map((id) => Msg.get(id) ?? (records.has(id) ? revive(records.get(id)) : undefined));
  return { messages: found.filter(Boolean) };
};

export async function keep(msg, pending) {
  const id = String(msg.id);
  const seq = records.get(id)?.seq ?? Math.max(lastSeq + 1, Date.now() * 1000);
  lastSeq = Math.max(lastSeq, seq);
  const record = { id, data: msg.serialize(), pending, seq };
  records.set(id, record);
  await storage.put('messages', id, record);
}

/** An acknowledgement, also of a message that is in the database only. Kept before it is announced. */
export async function acknowledge(serialized, ack) {
  const record = records.get(serialized);
  if (record) {
    record.data.ack = ack < 0 ? ack : Math.max(ack, record.data.ack);
    record.pending = false;
    await storage.put('messages', serialized, record);
  }
  const msg = Msg.get(serialized);
  if (msg && (ack < 0 || ack > msg.ack))
    msg.set({ ack, ...(msg.isUnsentMedia ? { isUnsentMedia: false } : {}) });
}

export function add(msg) {
  Msg.add(msg);
  fileMessage(msg);
}

/** Messages that the server has not taken yet, oldest first. */
export function unsent() {
  return [...records.values()]
    .filter((record) => record.pending)
    .sort((a, b) => a.seq - b.seq)
    .map((record) => Msg.get(record.id) ?? revive(record));
}

/** How many the page takes out of its database at a time. */
const PART = 20;

/** The newest of what a chat has in the database and not in memory, which is then in memory. */
export async function loadEarlier(chat) {
  noteReading(String(chat.id));
  const ofChat = [...records.values()].filter(
    (record) => chatOf(record) === String(chat.id) && !chat.msgs.get(record.id),
  );
  const part = ofChat.sort((a, b) => b.seq - a.seq).slice(0, PART);
  return part.reverse().map((record) => {
    const msg = Msg.get(record.id) ?? revive(record);
    Msg.add(msg, { silent: true });
    chat.msgs.add(msg, { silent: true });
    return msg;
  });
}

/** Reads the database at start, less what this page is told to have forgotten. */
const chatOf = ({ data }) => data.id.remote._serialized ?? data.id.remote;
const isNewestOfItsChat = (record, all) =>
  !all.some((other) => chatOf(other) === chatOf(record) && other.seq > record.seq);

export async function loadHistory() {
  const stored = await storage.all('messages');
  for (const record of stored.sort((a, b) => a.seq - b.seq)) {
    const forgotten = record.pending ? faults.outbox === 'forgotten' : faults.history === 'forgotten';
    if (forgotten) {
      await storage.remove('messages', record.id);
      continue;
    }
    records.set(record.id, record);
    lastSeq = Math.max(lastSeq, record.seq);
    if (faults.history === 'stored' && !record.pending) continue;
    if (faults.history === 'newest' && !record.pending && !isNewestOfItsChat(record, stored)) continue;
    const msg = revive(record);
    Msg.add(msg, { silent: true });
    fileMessage(msg);
  }
}
