/** Which account is paired, as the chart keeps it: the one that the page names, and the last one that was known. */
import { joinedIdentity, kinshipOf, numberIdentity } from '../domain/account.js';
import type { AccountIdentity } from '../domain/instance-state.js';

export interface PairedAccount {
  readonly me: AccountIdentity | null;
  readonly account: AccountIdentity | null;
}

const UNNAMED =
  'The page does not say whose account it is. Nothing is sent until it does; a restart makes it say so again.';
const UNDECIDED =
  'The page says the account by its lid alone, so it cannot be told from the one before. Nothing is sent until it says the number; a restart makes it say so again.';

const UNPROVED =
  'The page says the account by its lid alone, so it is not proved to be the expected one. Nothing is sent and nothing is received until the page says the number; a restart makes it say so again.';

/**
 * What is known once the page is ready. Another account takes the place of the one before; one that cannot be told from
 * it does not.
 */
export function pairedAccount(me: AccountIdentity | null, known: AccountIdentity | null): PairedAccount {
  if (me === null || known === null) return { me, account: me ?? known };
  const kinship = kinshipOf(known, me);
  if (kinship === 'unknown') return { me, account: known };
  const account = kinship === 'same' ? joinedIdentity(known, me) : me;
  return { me: account, account };
}

/**
 * Whether it is known whose account the page is, and that it is the one that alone may be paired where there is such a
 * one: only then is anything sent.
 */
export const isIdentified = (paired: PairedAccount, expected: string | null): boolean =>
  identityReason(paired, expected) === null;

/** Why nothing is sent although the page is ready, or null. */
export function identityReason({ me, account }: PairedAccount, expected: string | null): string | null {
  if (me === null) return UNNAMED;
  if (account === null || kinshipOf(account, me) !== 'same') return UNDECIDED;
  return expected === null || kinshipOf(numberIdentity(expected), account) === 'same' ? null : UNPROVED;
}

/** Another number than the one that alone may be paired. */
export const isUnexpected = (me: AccountIdentity | null, expected: string | null): boolean =>
  me !== null && expected !== null && kinshipOf(numberIdentity(expected), me) === 'other';
