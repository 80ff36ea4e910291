import { me } from './me.js';
import { traits } from './traits.js';
import { createWid, Wid } from './wid.js';

/** Only the chat with oneself has two directions: in every other chat who wrote says it. */
function directionOf({ from, to, selfDir }) {
  return traits.selfInKeys && selfDir && from && to && from.equals(to) ? selfDir : undefined;
}

/**
 * The id of a message. `newId` is looked up on the class at every send, so code that replaces it chooses the next id. Its text
 * is what `String(key)` gives; the field that has it is called differently by each build, so the page itself never asks it.
 */
export class MsgKey {
  constructor({ from, to, id, participant, selfDir, self, fromMe, remote }) {
    this.fromMe = fromMe ?? selfDir === 'out';
    this.remote = remote ?? (this.fromMe ? to : from);
    if (!(this.remote instanceof Wid)) throw new Error('MsgKey: no chat');
    if (from && !me.phone) throw new Error('MsgKey: no account');
    this.id = id;
    const direction = self ?? directionOf({ from, to, selfDir });
    if (direction) this.self = direction;
    if (participant) this.participant = participant;
    this[traits.keyField] = [this.fromMe, this.remote, id, direction, participant]
      .filter((part) => part !== undefined)
      .join('_');
  }

  static async newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(9));
    return `3EB0${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase()}`;
  }

  static fromString(text) {
    const [fromMe, remote, id, ...rest] = text.split('_');
    const self = ['in', 'out'].includes(rest[0]) ? rest.shift() : undefined;
    const [participant] = rest;
    return new MsgKey({
      fromMe: fromMe === 'true',
      remote: createWid(remote),
      id,
      self,
      participant: participant && createWid(participant),
    });
  }

  toString() {
    return this[traits.keyField];
  }
}
