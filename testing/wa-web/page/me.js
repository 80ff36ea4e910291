import { Model } from './model.js';
import { createWid } from './wid.js';

/** The socket's state as the library sees it. */
export const Socket = new Model({ state: 'UNLAUNCHED', stream: 'DISCONNECTED', hasSynced: false });

/** The connection's facts: the QR ref before pairing, the account's name after. */
export const Conn = new Model({
  ref: undefined,
  pushname: undefined,
  platform: 'android',
  wid: undefined,
  connected: false,
});

export const me = { phone: undefined, lid: undefined };

export function becomes({ phone, lid, name }) {
  me.phone = createWid(`${phone}@c.us`);
  me.lid = createWid(`${lid}@lid`);
  Conn.set({ pushname: name, wid: me.phone, connected: true });
}

export const MeUser = {
  getMaybeMePnUser: () => me.phone,
  getMaybeMeLidUser: () => me.lid,
  getMeUser: () => me.phone,
};
