/**
 * Whose account it is. WhatsApp knows an account by its number and by a lid that hides it, and a page may know either
 * alone; two identities are compared by what both of them say.
 */
import type { AccountIdentity } from './instance-state.js';

/** `unknown`: one says a number, the other a lid alone, so nothing can be said. */
export type Kinship = 'same' | 'other' | 'unknown';

const userOf = (id: string): string => id.split('@')[0]?.split(':')[0] ?? '';
const PLAIN = /^\d+@c\.us$/;
const isNumber = (id: string): boolean => /@(c\.us|s\.whatsapp\.net)$/.test(id);

const numberOf = ({ id, phoneNumber }: AccountIdentity): string | null =>
  phoneNumber ?? (isNumber(id) ? userOf(id) : null);
const lidOf = ({ id, lid }: AccountIdentity): string | null =>
  lid ?? (id.endsWith('@lid') ? `${userOf(id)}@lid` : null);

export function kinshipOf(known: AccountIdentity, seen: AccountIdentity): Kinship {
  const numbers = [numberOf(known), numberOf(seen)];
  const lids = [lidOf(known), lidOf(seen)];
  for (const [one, other] of [numbers, lids]) if (one && other) return one === other ? 'same' : 'other';
  return 'unknown';
}

/** Both say the same account: what either knows of it. */
export const joinedIdentity = (known: AccountIdentity, seen: AccountIdentity): AccountIdentity => {
  const phoneNumber = numberOf(seen) ?? numberOf(known);
  const lid = lidOf(seen) ?? lidOf(known);
  return {
    id: phoneNumber === null ? seen.id : `${phoneNumber}@c.us`,
    phoneNumber,
    pushName: seen.pushName ?? known.pushName,
    ...(lid !== null && { lid }),
  };
};

/** What an item keeps of the account: its number, or its lid as long as that alone is known. */
export const accountKey = (identity: AccountIdentity): string => {
  // The identity's own text where that is the key: every instance keeps one.
  if (PLAIN.test(identity.id)) return identity.id;
  const number = numberOf(identity);
  return number === null ? (lidOf(identity) ?? identity.id) : `${number}@c.us`;
};

/** Whether an item that keeps this key was accepted for the account. */
export const isKeyOf = (key: string, identity: AccountIdentity): boolean =>
  key === accountKey(identity) || key === lidOf(identity);

/** The account of a number that is expected: digits with country code. */
export const numberIdentity = (digits: string): AccountIdentity => ({
  id: `${digits}@c.us`,
  phoneNumber: digits,
  pushName: null,
});
