import { createWid } from './wid.js';

/** The id of a message. `newId` is looked up on the class at every send, so whoever replaces it chooses the next id. */
export class MsgKey {
  constructor({ from, to, id, participant, selfDir, fromMe, remote }) {
    this.fromMe = fromMe ?? selfDir === 'out';
    this.remote = remote ?? (this.fromMe ? to : from);
    this.id = id;
    if (participant) this.participant = participant;
    this._serialized = [this.fromMe, this.remote, id, participant]
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
    const [fromMe, remote, id, participant] = text.split('_');
    return new MsgKey({
      fromMe: fromMe === 'true',
      remote: createWid(remote),
      id,
      participant: participant && createWid(participant),
    });
  }

  toString() {
    return this._serialized;
  }
}
