import { connection } from './connection.js';
import { delay, faults, never } from './faults.js';
import { Socket } from './me.js';
import { acknowledge, add, keep, Msg, MsgModel, unsent } from './messages.js';
import { MsgKey } from './msg-key.js';
import { isTimelocked } from './timelock.js';
import { toWire } from './wire-message.js';

const results = new Map();

export function transmit(msg) {
  if (Socket.state !== 'CONNECTED') return;
  connection.send({ t: 'send', message: toWire(msg) });
}

/** Everything the server has not taken, again, with the same ids and in the old order. */
export function flush() {
  for (const msg of unsent()) transmit(msg);
}

async function put(chat, attributes) {
  const fault = faults.sendCall;
  if (fault === 'rejectUnsent') throw new Error('the page refused to send');
  if (fault === 'hangUnsent') await never();
  if (faults.timelock?.rejects && isTimelocked() && chat.msgs?.length === 0) throw new Error('nack 463');
  if (Msg.get(attributes.id))
    throw Object.assign(new Error(`duplicate ${attributes.id}`), { name: 'DuplicateMessageError' });
  const msg = new MsgModel({ ...attributes, ...(attributes.directPath ? { isUnsentMedia: true } : {}) });
  add(msg);
  await keep(msg, true);
  transmit(msg);
  if (fault === 'rejectSent') throw new Error('Promise was collected');
  if (fault === 'hangSent') await never();
  if (faults.sendDelayMs) await delay(faults.sendDelayMs);
  return chat;
}

/** The server's verdict on a message: taken or refused. */
export function whenTaken(serialized) {
  return new Promise((resolve) => results.set(serialized, resolve));
}

/** [added to the chat, taken by the server], as in the real page. */
export function addAndSendMsgToChat(chat, attributes) {
  return [put(chat, attributes), whenTaken(String(attributes.id))];
}

connection.on('frame:ack', async ({ id, ack }) => {
  const serialized = String(MsgKey.fromString(id));
  await acknowledge(serialized, ack);
  results.get(serialized)?.({
    messageSendResult: ack < 0 ? 'ERROR_UNKNOWN' : 'OK',
    t: Math.floor(Date.now() / 1000),
  });
  results.delete(serialized);
});
