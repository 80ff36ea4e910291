import { me } from './me.js';
import { Msg, MsgModel } from './messages.js';
import { MsgKey } from './msg-key.js';
import { traits } from './traits.js';
import { createWid } from './wid.js';
import { chatless } from './wire-message.js';

/** A message as the server tells it: from somebody else, or from the account's own phone (`fromMe`). */
export function openMessage({ id, fromMe, chat, author, name, quotedId, ...content }) {
  const remote = createWid(chat);
  const participant = author ? createWid(author) : undefined;
  const isNote = traits.selfInKeys && (remote.equals(me.phone) || remote.equals(me.lid));
  const key = new MsgKey({
    fromMe: Boolean(fromMe),
    remote,
    id,
    self: isNote ? 'in' : undefined,
    participant,
  });
  const quoted = quotedId ? Msg.get(quotedId) : undefined;
  return new MsgModel({
    ...content,
    id: key,
    from: fromMe ? me.phone : remote,
    to: fromMe ? remote : me.phone,
    author: participant,
    ack: fromMe ? 1 : 0,
    isNewMsg: true,
    ...(name ? { notifyName: name } : {}),
    ...(quoted
      ? { quotedMsg: chatless(quoted.serialize()), quotedMsgKey: quotedId, quotedStanzaID: quoted.id.id }
      : {}),
  });
}
