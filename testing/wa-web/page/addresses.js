import { traits } from './traits.js';
import { createWid } from './wid.js';

/** The two names of a person: a lid that begins with 9 belongs to the number after it, any other to a person without one. */
export const lidOf = (number) => createWid(`9${number.user}@lid`);
export const numberOf = (lid) =>
  lid.user.startsWith('9') ? createWid(`${lid.user.slice(1)}@c.us`) : undefined;

/** Where the page files a chat that did not exist before. */
export const filedUnder = (wid) => (traits.lidChats && wid.isUser() && !wid.isLid() ? lidOf(wid) : wid);
