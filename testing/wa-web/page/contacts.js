import { numberOf } from './addresses.js';
import { Collection } from './collection.js';
import { me } from './me.js';
import { Model } from './model.js';
import { createWid } from './wid.js';

/** Everybody the page has heard of. Asking for somebody unknown makes a contact without a name. */
export const Contact = new Collection((id) => meet(id));

export function meet(id, name) {
  const wid = createWid(id);
  const known = Contact.get(wid);
  if (known) return name ? known.set({ pushname: name }) : known;
  const phoneNumber = wid.isLid() ? numberOf(wid) : undefined;
  const shown = wid.isLid() && !phoneNumber ? `~${wid.user}` : `+${(phoneNumber ?? wid).user}`;
  return Contact.add(
    new Model({
      id: wid,
      name: undefined,
      pushname: name,
      formattedName: name ?? shown,
      phoneNumber,
      type: 'in',
      labels: [],
    }),
    { silent: true },
  );
}

export const ContactGetters = {
  getIsMe: (contact) => contact.id.equals(me.phone),
  getIsUser: (contact) => contact.id.isUser(),
  getIsGroup: (contact) => contact.id.isGroup(),
  getIsWAContact: () => true,
  getUserid: (contact) => contact.id.user,
  getVerifiedName: () => undefined,
  getVerifiedLevel: () => undefined,
  getStatusMute: () => undefined,
  getName: (contact) => contact.name,
  getShortName: (contact) => contact.name,
  getPushname: (contact) => contact.pushname,
  getIsEnterprise: () => false,
};

export function vcardFromContactModel(contact) {
  const { user } = contact.id;
  const vcard = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `N:;${contact.formattedName};;;`,
    `FN:${contact.formattedName}`,
    `TEL;type=CELL;waid=${user}:+${user}`,
    'END:VCARD',
  ].join('\n');
  return { displayName: contact.formattedName, vcard };
}

/** Enough of a vCard to name its owner; anything without a name is not a vCard to WhatsApp either. */
export function parseVcard(text) {
  const name = /^FN(?:;[^:]*)?:(.+)$/im.exec(text)?.[1]?.trim();
  if (!name) throw new Error('vcard: no FN');
  return { name };
}
