import { connection } from './connection.js';
import { faults, never } from './faults.js';
import { Msg } from './messages.js';
import { MsgKey } from './msg-key.js';
import { storage } from './storage.js';
import { createWid } from './wid.js';

/** Votes as the page's database has them; the library reads the table and wraps `bulkUpsert`, that of reactions too. */
const rows = new Map();

export const PollVoteTable = { pollVoteTableMode: { bulkUpsert: async () => {} } };
export const ReactionTable = { reactionTableMode: { bulkUpsert: async () => {} } };

/** A reaction of the account itself; the empty one takes it back. */
export async function sendReactionToMsg(msg, emoji) {
  if (faults.reaction === 'reject') throw new Error('the page refused to react');
  if (faults.reaction === 'hang') await never();
  connection.send({ t: 'react', message: msg.id._serialized, emoji });
}

export const PollVotesSchema = {
  getTable: () => ({
    equals: async (_columns, parent) => [...rows.values()].filter((row) => row.parentMsgKey === parent),
  }),
};

function withWids(row) {
  return { ...row, sender: createWid(row.sender) };
}

export async function loadVotes() {
  for (const row of await storage.all('votes')) rows.set(`${row.parentMsgKey}/${row.sender}`, withWids(row));
}

export async function recordVote({ id, poll, voter, localIds, at }) {
  const parent = Msg.get(poll)?.id ?? MsgKey.fromString(poll);
  const row = {
    parentMsgKey: parent._serialized,
    sender: voter,
    selectedOptionLocalIds: localIds,
    senderTimestampMs: at,
  };
  rows.set(`${row.parentMsgKey}/${voter}`, withWids(row));
  await storage.put('votes', `${row.parentMsgKey}/${voter}`, row);
  await PollVoteTable.pollVoteTableMode.bulkUpsert([
    {
      id: new MsgKey({ fromMe: false, remote: parent.remote, id, participant: createWid(voter) }),
      pollUpdateParentKey: parent,
      t: at,
      from: createWid(voter),
      senderTimestampMs: at,
      selectedOptionLocalIds: localIds,
    },
  ]);
}

export async function recordReaction({ id, of, sender, fromMe, text, at }) {
  const parent = Msg.get(of)?.id ?? MsgKey.fromString(of);
  await ReactionTable.reactionTableMode.bulkUpsert([
    {
      id: new MsgKey({ fromMe, remote: parent.remote, id, participant: createWid(sender) }),
      reactionParentKey: parent,
      reactionText: text,
      reactionTimestamp: at,
      from: createWid(sender),
      orphan: 0,
      read: true,
    },
  ]);
}
