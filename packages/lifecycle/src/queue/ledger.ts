/**
 * The ledger of one queue: every change of an item goes through here, one store call each, and is then counted, told
 * to the world and to whoever waits for a receipt.
 */
import type { Fact, FactDraft } from '../domain/fact.js';
import { type ItemProgress, isInLine, type ListedItem, type QueueItem } from '../domain/message.js';
import type { PageCapability } from '../domain/page-report.js';
import { backoffMs } from '../policy/backoff.js';
import { acceptedItem } from '../ports/accepted-item.js';
import type { EnqueueRequest, EnqueueResult, ItemChange } from '../ports/store.js';
import type { Bell } from './bell.js';
import { apartMove, type Pairing } from './held-items.js';
import { isOutcome } from './item-receipt.js';
import { OldestItem } from './oldest-item.js';
import type { QueueDeps } from './queue-deps.js';
import { type MessageFactType, messageFact } from './queue-facts.js';
import { ReceiptWaiters } from './receipt-waiters.js';

/** A change of an item that is known to have a certain status. */
export type Move = Omit<ItemChange, 'instanceId' | 'id' | 'from' | 'ifHeld'>;

/** A move of an item, with the fact that tells of it. */
export interface ToldMove<Item extends QueueItem | ListedItem> {
  readonly item: Item;
  readonly move: Move;
  readonly fact?: MessageFactType;
}

const STORE_RETRY_MS = 500;
const MAX_STORE_RETRY_MS = 30_000;
const LEAST_STORE_RETRY_MS = 50;

export class Ledger {
  readonly instanceId: string;
  readonly deps: QueueDeps;
  readonly waiters: ReceiptWaiters;
  readonly #bell: Bell;
  /** Only of a queue that is not empty. */
  #oldest: OldestItem | null = null;
  #depth: number;
  #held: number;
  #commits = 0;
  /** Whose page is open, or was last; null until one was. */
  pairing: Pairing | null = null;

  constructor(
    instanceId: string,
    deps: QueueDeps,
    bell: Bell,
    { depth, held }: { readonly depth: number; readonly held: number },
  ) {
    this.instanceId = instanceId;
    this.deps = deps;
    this.waiters = new ReceiptWaiters(deps.clock);
    this.#bell = bell;
    this.#depth = depth;
    this.#held = held;
  }

  /** Items queued and sending, without those that are held. */
  get depth(): number {
    return this.#depth;
  }

  /** Items that are held. */
  get held(): number {
    return this.#held;
  }

  /** What happens to an item that is another account's than that of the page; null for any other. */
  apartMove<Item extends QueueItem | ListedItem>(item: Item): ToldMove<Item> | null {
    return this.pairing && apartMove(item, this.pairing);
  }

  /** When the oldest open item was accepted, epoch milliseconds; null for none, and while it is not known. */
  get oldestAt(): number | null {
    if (this.#depth === 0) return null;
    this.#oldest ??= this.#newOldest();
    return this.#oldest.at;
  }

  /** What the page cannot do now. */
  get off(): readonly PageCapability[] {
    return this.deps.off?.(this.instanceId) ?? [];
  }

  /** The item whose turn it is: what waits for something that is off is passed. @throws what the store throws */
  async head(): Promise<QueueItem | null> {
    const { off } = this;
    const item = await this.deps.store.head(this.instanceId, off);
    if (item && off.length === 0) this.#isOldest(item);
    return item;
  }

  /** @throws what the store throws; nothing was accepted then. */
  async enqueue(request: EnqueueRequest): Promise<EnqueueResult> {
    // The number does not show in the fact; the store gives it.
    const fact = messageFact('message.queued', acceptedItem(request, 0), request.createdAt);
    const result = await this.deps.store.enqueue(request, [fact]);
    if (result.outcome === 'queued') {
      this.#depth += 1;
      if (this.#depth === 1) this.#isOldest(request);
      this.#committed(result.facts);
    }
    return result;
  }

  /**
   * Changes the item if it still has the status that the given copy has, and is held or not as that is, else changes
   * nothing and returns null.
   * @throws what the store throws; nothing was changed then.
   */
  async move(
    item: QueueItem | ListedItem,
    move: Move,
    fact?: MessageFactType | FactDraft,
  ): Promise<QueueItem | null> {
    const facts = typeof fact === 'string' ? [this.#factAfter(item, move, fact)] : fact ? [fact] : [];
    const changed = await this.deps.store.change(this.#changeOf(item, move), facts);
    if (!changed) return null;
    this.#count(item, changed.item);
    this.#committed(changed.facts);
    if (isOutcome(changed.item)) this.waiters.tell(changed.item);
    return changed.item;
  }

  /** Changes many items at once; those that have moved on meanwhile are left out. @throws what the store throws */
  async moveAll(moves: readonly ToldMove<ListedItem>[]): Promise<readonly ListedItem[]> {
    const changes = moves.map(({ item, move, fact }) => ({
      change: this.#changeOf(item, move),
      facts: fact === undefined ? [] : [this.#factAfter(item, move, fact)],
    }));
    const { items, facts } = await this.deps.store.changeAll(this.instanceId, changes);
    const before = new Map(moves.map(({ item }) => [item.id, item]));
    for (const item of items) this.#count(before.get(item.id) ?? item, item);
    this.#committed(facts);
    return items;
  }

  #changeOf({ id, status, held }: ItemProgress, move: Move): ItemChange {
    return { ...move, instanceId: this.instanceId, id, from: [status], ifHeld: held };
  }

  #count(before: ItemProgress, after: ItemProgress): void {
    const joined = Number(isInLine(after)) - Number(isInLine(before));
    this.#depth += joined;
    if (after.held !== before.held) {
      this.#held += after.held ? 1 : -1;
      this.deps.heldChanged?.(this.instanceId);
    }
    if (this.#depth === 0) this.#oldest = null;
    else if (joined !== 0) this.#oldest?.mayHaveChanged();
  }

  /**
   * Asks the store until it answers: what has happened to an item is never dropped.
   * @throws QueueClosed
   */
  async insist<T>(call: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await call();
      } catch (error) {
        this.report(error);
        await this.recovered(failures);
      }
    }
  }

  /** Waits before the store is tried again: a growing time, cut short when another call of this queue succeeds. */
  async recovered(failures: number, orElse: () => boolean = () => false): Promise<void> {
    const seen = this.#commits;
    const { clock } = this.deps;
    const wait = backoffMs(failures, STORE_RETRY_MS, clock.random(), MAX_STORE_RETRY_MS);
    await this.#bell.until(() => this.#commits !== seen || orElse(), Math.max(LEAST_STORE_RETRY_MS, wait));
  }

  /** Somebody must hear of it, and whoever hears must not be able to stop the queue. */
  report(error: unknown): void {
    try {
      this.deps.storeFailed(error);
    } catch {
      // The listener is broken; there is nobody left to tell.
    }
  }

  #isOldest({ createdAt }: { readonly createdAt: number }): void {
    this.#oldest ??= this.#newOldest();
    this.#oldest.isAt(createdAt);
  }

  #newOldest(): OldestItem {
    const { instanceId, deps } = this;
    return new OldestItem(async () => {
      const [item] = await deps.store.list({
        instanceId,
        statuses: ['sending', 'queued'],
        held: false,
        limit: 1,
      });
      return item?.createdAt ?? null;
    });
  }

  #factAfter(item: QueueItem | ListedItem, move: Move, type: MessageFactType): FactDraft {
    const {
      messageId = item.messageId,
      ack = item.ack,
      error = item.error,
      errorCode = item.errorCode,
    } = move;
    return messageFact(
      type,
      { ...item, status: move.status, messageId, ack, error, errorCode },
      this.deps.clock.now(),
    );
  }

  #committed(facts: readonly Fact[]): void {
    this.#commits += 1;
    try {
      if (facts.length > 0) this.deps.publish(facts);
    } catch (error) {
      this.report(error);
    }
    this.#bell.ring();
  }
}
