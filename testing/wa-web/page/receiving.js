import { fileMessage } from './chats.js';
import { connection } from './connection.js';
import { meet } from './contacts.js';
import { openMessage } from './inbound-message.js';
import { keep, Msg } from './messages.js';
import { recordVote } from './votes.js';

/** A message from the server: shown once, kept, and confirmed, so that the server stops offering it. */
connection.on('frame:message', async ({ message }) => {
  const msg = openMessage(message);
  if (!Msg.get(msg.id)) {
    if (message.name) meet(msg.author ?? msg.from, message.name);
    Msg.add(msg);
    const chat = fileMessage(msg);
    if (!msg.id.fromMe) chat.set({ unreadCount: chat.unreadCount + 1 });
    await keep(msg, false);
  }
  connection.send({ t: 'received', id: message.id });
});

connection.on('frame:vote', async ({ vote }) => {
  await recordVote(vote);
  connection.send({ t: 'received', id: vote.id });
});
