/** The names of WhatsApp for people and chats, as texts. In here a lid is the number with a 9 before it. */

/** A phone number, or an id as it is. */
export const idOf = (who: string): string => (who.includes('@') ? who : `${who}@c.us`);

const userOf = (id: string): string => id.split('@')[0] ?? id;
const isLid = (id: string): boolean => id.endsWith('@lid');

/** The number behind an id, also behind a lid; of a lid without a number, the lid. */
export function numberOf(id: string): string {
  const user = userOf(id);
  return isLid(id) && user.startsWith('9') ? user.slice(1) : user;
}

/** The id of a person as the page has it: by number, or by lid. */
export function personId(who: string, byLid: boolean): string {
  const id = idOf(who);
  return byLid && id.endsWith('@c.us') ? `9${userOf(id)}@lid` : id;
}

/** The id by which a test names a recipient, also where the page files the chat under the lid. */
export function recipientOf(id: string, byLid: boolean): string {
  return byLid && isLid(id) && numberOf(id) !== userOf(id) ? `${numberOf(id)}@c.us` : id;
}
