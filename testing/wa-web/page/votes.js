import { connection } from './connection.js';
import { faults, never } from './faults.js';
import { Msg } from './messages.js';
import { MsgKey } from './msg-key.js';
import { storage } from './storage.js';
import { createWid } from './wid.js';

/** Votes as the page's database has them; the library reads the table and wraps `bulkUpsert`, that of reactions too. */
const rows = new Map();

const placeOf = ({ parentMsgKey, sender }) => `${parentMsgKey}/${sender}`;
const withWids = (row) => ({ ...row, sender: createWid(row.sender) });

/** What the library wraps: a vote that it stops on its way here is lost. */
async function keepVotes(votes) {
  const kept = votes.map((vote) => ({
    parentMsgKey: String(vote.pollUpdateParentKey),
    sender: String(vote.from),
    selectedOptionLocalIds: vote.selectedOptionLocalIds,
    senderTimestampMs: vote.senderTimestampMs,
  }));
  for (const row of kept) rows.set(placeOf(row), withWids(row));
  for (const row of kept) await storage.put('votes', placeOf(row), row);
}

export const PollVoteTable = { pollVoteTableMode: { bulkUpsert: keepVotes } };
export const ReactionTable = { reactionTableMode: { bulkUpsert: async () => {} } };

/** A reaction of the account itself; the empty one takes it back. */
export async function sendReactionToMsg(msg, emoji) {
  if (faults.reaction === 'reject') throw new Error('the page refused to react');
  if (faults.reaction === 'hang') await never();
  connection.send({ t: 'react', message: String(msg.id), emoji });
}

export const PollVotesSchema = {
  getTable: () => ({
    equals: async (_columns, parent) => [...rows.values()].filter((row) => row.parentMsgKey === parent),
  }),
};

export async function loadVotes() {
  for (const row of await storage.all('votes')) rows.set(placeOf(row), withWids(row));
}

export async function recordVote({ id, poll, voter, localIds, at }) {
  const parent = Msg.get(poll)?.id ?? MsgKey.fromString(poll);
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
