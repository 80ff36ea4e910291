import { fileMessage } from './chats.js';
import { connection } from './connection.js';
import { meet } from './contacts.js';
import { faults } from './faults.js';
import { openMessage } from './inbound-message.js';
import { keep, Msg } from './messages.js';
import { MsgKey } from './msg-key.js';
import { recordReaction, recordVote } from './votes.js';

/** A message from the server: shown once, kept, and confirmed, so that the server stops offering it. */
connection.on('frame:message', async ({ message }) => {
  const msg = openMessage(message);
  if (!Msg.get(msg.id)) {
    if (message.name) meet(msg.author ?? msg.from, message.name);
    Msg.add(msg, { silent: faults.silentAdd === true });
    const chat = fileMessage(msg);
    if (!msg.id.fromMe) chat.set({ unreadCount: chat.unreadCount + 1 });
    await keep(msg, false);
  }
  connection.send({ t: 'received', id: message.id });
});

connection.on('frame:vote', async ({ vote }) => {
  try {
    await recordVote(vote);
  } finally {
    // A vote that the page fails to record is lost: the server delivers it once.
    connection.send({ t: 'received', id: vote.id });
  }
});

const confirmed = (id) => connection.send({ t: 'received', id });

/** The message as it is in memory or in the database; undefined when the page has never had it. */
const known = async (id) => (await Msg.getMessagesById([id])).messages[0];

connection.on('frame:edit', async ({ edit }) => {
  const msg = await known(edit.of);
  if (msg) {
    msg.set({
      [msg.directPath ? 'caption' : 'body']: edit.body,
      latestEditMsgKey: new MsgKey({ ...msg.id, id: edit.id }),
      latestEditSenderTimestampMs: edit.at,
    });
    await keep(msg, false);
  }
  confirmed(edit.id);
});

/** A message that could not be read gets its content, and its own type instead of `ciphertext`. */
connection.on('frame:decryption', async ({ decryption }) => {
  const msg = await known(decryption.of);
  if (msg) {
    msg.set(decryption.content);
    await keep(msg, false);
  }
  confirmed(decryption.id);
});

/** What is deleted stays in its place, without its content. */
connection.on('frame:revocation', async ({ revocation }) => {
  const msg = await known(revocation.of);
  if (msg) {
    msg.set({ type: 'revoked', body: undefined, protocolMessageKey: msg.id });
    await keep(msg, false);
  }
  confirmed(revocation.id);
});

connection.on('frame:reaction', async ({ reaction }) => {
  await recordReaction(reaction);
  confirmed(reaction.id);
});
