/** A WhatsApp id. The library reads its own fields and calls its questions; both have to be there. */
export class Wid {
  constructor(user, server) {
    this.server = server;
    this.user = user;
    this._serialized = `${user}@${server}`;
  }

  isUser() {
    return this.server === 'c.us' || this.server === 'lid';
  }

  isLid() {
    return this.server === 'lid';
  }

  isGroup() {
    return this.server === 'g.us';
  }

  isNewsletter() {
    return this.server === 'newsletter';
  }

  isStatus() {
    return this._serialized === 'status@broadcast';
  }

  isBroadcast() {
    return this.server === 'broadcast';
  }

  equals(other) {
    return other?._serialized === this._serialized;
  }

  toString() {
    return this._serialized;
  }

  toJid() {
    return this.server === 'c.us' ? `${this.user}@s.whatsapp.net` : this._serialized;
  }
}

export function createWid(like) {
  if (like instanceof Wid) return like;
  const text = typeof like === 'string' ? like : like?._serialized;
  const match = /^([^@]+)@(c\.us|s\.whatsapp\.net|lid|g\.us|newsletter|broadcast)$/.exec(text ?? '');
  if (!match) throw new Error(`wid error: invalid wid ${JSON.stringify(like)}`);
  return new Wid(match[1], match[2] === 's.whatsapp.net' ? 'c.us' : match[2]);
}

export const WidFactory = {
  createWid,
  createWidFromWidLike: createWid,
  createUserWidOrThrow: createWid,
  asUserWidOrThrow: (like) => {
    const wid = createWid(like);
    if (!wid.isUser()) throw new Error(`asUserWidOrThrow: ${wid} is not a user`);
    return wid;
  },
};
