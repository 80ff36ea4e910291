/**
 * Items that were accepted for another account than the one that is paired now. They are held: nothing sends them before
 * a person says so. One that was on its way is `uncertain`, since the page that it went through is another account's.
 */
import { accountKey, isKeyOf, kinshipOf } from '../domain/account.js';
import type { AccountIdentity } from '../domain/instance-state.js';
import type { ItemProgress, ListedItem, QueueItem } from '../domain/message.js';
import { isTainted } from './item-receipt.js';
import type { Ledger, Move, ToldMove } from './ledger.js';
import { uncertainMove } from './settlement.js';

const PAGE = 100;

/** The account that is paired now, and the one that was known before. */
export interface Pairing {
  readonly account: AccountIdentity;
  readonly former: AccountIdentity | null;
}

/** What was accepted before any account was known goes with the first. */
function ownerOf(item: ItemProgress, { account, former }: Pairing): string {
  if (item.account !== null) return item.account;
  const isChanged = former !== null && kinshipOf(former, account) === 'other';
  return accountKey(isChanged ? former : account);
}

/** What happens to an item of another account; null for one of this account. */
export function apartMove<Item extends QueueItem | ListedItem>(
  item: Item,
  pairing: Pairing,
): ToldMove<Item> | null {
  const owner = ownerOf(item, pairing);
  if (isKeyOf(owner, pairing.account)) return null;
  const why = `It was accepted for ${owner}, and ${accountKey(pairing.account)} is paired now.`;
  if (item.status === 'sending')
    return { item, move: { ...uncertainMove(why), account: owner }, fact: 'message.uncertain' };
  const error = `${why} It is held until a person releases or drops it.`;
  return { item, move: { status: 'queued', account: owner, held: true, error }, fact: 'message.held' };
}

/** Before anything is sent in the name of an account: what waits for another one is held. @throws what the store throws */
export async function holdForeign(ledger: Ledger, pairing: Pairing, goesOn: () => boolean): Promise<boolean> {
  const { instanceId, deps } = ledger;
  for (let afterSeq = 0; goesOn(); ) {
    const items = await deps.store.list({
      instanceId,
      statuses: ['sending', 'queued'],
      held: false,
      limit: PAGE,
      afterSeq,
    });
    const moves = items.flatMap((item): ToldMove<ListedItem>[] => {
      const apart = apartMove(item, pairing);
      if (apart) return [apart];
      if (item.account !== null) return [];
      return [{ item, move: { status: item.status, account: accountKey(pairing.account) } }];
    });
    if (moves.length > 0) await ledger.moveAll(moves);
    afterSeq = items.at(-1)?.seq ?? afterSeq;
    if (items.length < PAGE) return true;
  }
  return false;
}

/**
 * A person's word on what is held: of these items, or of all. What is not held any more is left as it is.
 * @returns how many items it was done to. @throws what the store throws
 */
export async function settleHeld(
  ledger: Ledger,
  ids: ReadonlySet<string> | null,
  settle: (item: ListedItem) => Omit<ToldMove<ListedItem>, 'item'>,
): Promise<number> {
  const { instanceId, deps } = ledger;
  let count = 0;
  for (let afterSeq = 0; ; ) {
    const items = await deps.store.list({ instanceId, held: true, limit: PAGE, afterSeq });
    const moves = items.filter(({ id }) => ids?.has(id) ?? true).map((item) => ({ item, ...settle(item) }));
    if (moves.length > 0) count += (await ledger.moveAll(moves)).length;
    afterSeq = items.at(-1)?.seq ?? afterSeq;
    if (items.length < PAGE) return count;
  }
}

/** It is in its place again, and goes out in the name of that account. */
export const releasedMove = (item: ListedItem, account: string | null): Move => ({
  status: 'queued',
  held: false,
  ...(account !== null && { account }),
  // Of one that may have been delivered this stays said.
  ...(!isTainted(item) && { error: null }),
});
