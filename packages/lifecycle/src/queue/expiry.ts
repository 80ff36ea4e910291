/**
 * Items whose time to live is over: in their turn while the queue is sent, by one lazy timer while it is not. What is held
 * has no turn, so that timer ends it always.
 */
import type { ItemProgress, ListedItem, QueueItem } from '../domain/message.js';
import { spread } from '../policy/backoff.js';
import { isTainted } from './item-receipt.js';
import type { Ledger } from './ledger.js';
import { uncertainMove } from './settlement.js';

const PAGE = 100;
const MINUTE = 60_000;
/** The first look after `ready` was lost, when no item's time is known. A fleet that boots spreads its looks. */
const FIRST_LOOK_MS = 2 * MINUTE;
const LONGEST_WAIT_MS = 24 * 60 * MINUTE;

export const isExpired = (item: ItemProgress, now: number): boolean =>
  item.expiresAt !== null && item.expiresAt <= now;

/** Ends a queued item; null when it has moved on meanwhile. @throws what the store throws */
export function expire(item: QueueItem | ListedItem, ledger: Ledger): Promise<QueueItem | null> {
  if (isTainted(item))
    return ledger.move(item, uncertainMove('Its time to live is over.'), 'message.uncertain');
  const error = 'Its time to live was over before it could be sent.';
  const settledAt = ledger.deps.clock.now();
  return ledger.move(
    item,
    { status: 'expired', error, errorCode: 'MESSAGE_EXPIRED', settledAt },
    'message.expired',
  );
}

export class Expiry {
  readonly #ledger: Ledger;
  /** Whether what stands in line has its turn. */
  readonly #goesOn: () => boolean;
  /** Null when nobody watches; the last timer, fired or not, while somebody does. */
  #timer: unknown = null;
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(ledger: Ledger, goesOn: () => boolean) {
    this.#ledger = ledger;
    this.#goesOn = goesOn;
  }

  /** Looks no later than at that time; by default soon. */
  watch(at?: number): void {
    const { clock } = this.#ledger.deps;
    const dueAt = at ?? clock.now() + spread(FIRST_LOOK_MS, 0.5, clock.random());
    if (dueAt >= this.#dueAt) return;
    this.stop();
    this.#dueAt = dueAt;
    const wait = Math.min(LONGEST_WAIT_MS, Math.max(0, dueAt - clock.now()));
    this.#timer = clock.setTimeout(() => void this.#look(), wait);
  }

  /** Something may be over by now that was not looked at yet. */
  get isDue(): boolean {
    return this.#dueAt <= this.#ledger.deps.clock.now();
  }

  stop(): void {
    if (this.#timer !== null) this.#ledger.deps.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  /** Ends what is over, and returns when the next item will be. @throws what the store throws */
  async sweep(): Promise<number | null> {
    const { clock, store } = this.#ledger.deps;
    let next: number | null = null;
    for (let afterSeq = 0; ; ) {
      const items = await store.list({
        instanceId: this.#ledger.instanceId,
        statuses: ['queued'],
        limit: PAGE,
        afterSeq,
      });
      for (const item of items) {
        afterSeq = item.seq;
        // While the queue is sent, what stands in line ends in its turn.
        if (this.#goesOn() && !item.held && item.waitsFor === null) continue;
        if (isExpired(item, clock.now())) await expire(item, this.#ledger);
        else if (item.expiresAt !== null) next = Math.min(next ?? item.expiresAt, item.expiresAt);
      }
      if (items.length < PAGE) return next;
    }
  }

  async #look(): Promise<void> {
    this.#dueAt = Number.POSITIVE_INFINITY;
    try {
      const next = await this.sweep();
      if (next !== null && this.#timer !== null) this.watch(next);
    } catch (error) {
      this.#ledger.report(error);
      if (this.#timer !== null) this.watch();
    }
  }
}
