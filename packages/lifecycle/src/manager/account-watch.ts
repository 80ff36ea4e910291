/**
 * AccountWatch: what people must know of the accounts of all instances: messages that are held, since their account is not
 * the one that is paired, and one account under two instances. Neither is refused: WhatsApp lets an account have several
 * devices, and who moves an account from one instance to another has two for a while; but each of them reports every message,
 * so that a receiver who does not know it answers twice.
 */
import { createHash } from 'node:crypto';
import { accountKey } from '../domain/account.js';
import type { FactDraft } from '../domain/fact.js';
import type { AccountIdentity } from '../domain/instance-state.js';
import type { Clock } from '../ports/clock.js';

export interface AccountWatchDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly append: (fact: FactDraft) => void;
}

export class AccountWatch {
  readonly #deps: AccountWatchDeps;
  /** Instances of which it is said that they hold messages. */
  readonly #holding = new Set<string>();
  /** Instances by the account that they are paired with: of nearly every account there is one, which needs no list. */
  readonly #paired = new Map<string, string | readonly string[]>();

  constructor(deps: AccountWatchDeps) {
    this.#deps = deps;
  }

  /** The instance holds more or fewer items than before. */
  heldChanged(id: string, held: number): void {
    if (held > 0 === this.#holding.has(id)) return;
    if (held > 0) this.#holding.add(id);
    else this.#holding.delete(id);
    const message =
      held > 0
        ? `Another account is paired with ${id} than the one that its waiting messages were accepted for. They are held: release or drop them.`
        : `${id} holds no messages any more.`;
    this.#alert(held > 0, `messages_held:${id}`, message, [id]);
  }

  /** The instance is paired with another account than before, or with none. */
  accountChanged(id: string, before: AccountIdentity | null, now: AccountIdentity | null): void {
    const [left, joined] = [before && accountKey(before), now && accountKey(now)];
    if (left === joined) return;
    if (left !== null) this.#pair(left, (ids) => ids.filter((other) => other !== id));
    if (joined !== null) this.#pair(joined, (ids) => [...ids.filter((other) => other !== id), id]);
  }

  #pair(account: string, change: (ids: readonly string[]) => readonly string[]): void {
    const before = [this.#paired.get(account) ?? []].flat();
    const ids = change(before);
    const [first] = ids;
    if (first === undefined) this.#paired.delete(account);
    else this.#paired.set(account, ids.length === 1 ? first : ids);
    const isShared = ids.length > 1;
    if (ids.length === before.length || (!isShared && before.length < 2)) return;
    const message = isShared
      ? `One account is paired with ${ids.join(' and ')}: each of them receives and reports every message. Log out all but one.`
      : `One account was paired with ${before.join(' and ')}, and is no more.`;
    // Names of alerts are logged, where no number is to stand.
    const name = createHash('sha256').update(account).digest('hex').slice(0, 8);
    this.#alert(isShared, `account_on_two_instances:${name}`, message, isShared ? ids : before);
  }

  #alert(isRaised: boolean, name: string, message: string, instances: readonly string[]): void {
    const type = isRaised ? 'alert.raised' : 'alert.resolved';
    this.#deps.append({
      type,
      instanceId: null,
      at: this.#deps.clock.now(),
      body: { name, message, instances },
    });
  }
}
