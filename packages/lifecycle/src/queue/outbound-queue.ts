/**
 * OutboundQueue: the durable FIFO of one instance. What is accepted is in the store before the caller hears of it, and
 * leaves it only by settlement; the pump sends it while the instance is ready.
 */
import { type ErrorCode, isLifecycleError, LifecycleError } from '../domain/errors.js';
import type { InstanceState } from '../domain/instance-state.js';
import type { ItemContent, QueueItem } from '../domain/message.js';
import type { Receipt } from '../domain/receipt.js';
import type { EnqueueRequest, EnqueueResult } from '../ports/store.js';
import { AccountGate } from './account-gate.js';
import { Bell, QueueClosed } from './bell.js';
import { Expiry, isExpired } from './expiry.js';
import { fingerprintOf } from './fingerprint.js';
import type { HeardAck } from './heard-ack.js';
import { type Pairing, releasedMove, settleHeld } from './held-items.js';
import { receiptOf, refusal } from './item-receipt.js';
import { LateAcks } from './late-acks.js';
import { Ledger, type Move } from './ledger.js';
import { Pump } from './pump.js';
import type { AcceptOptions, QueueDeps } from './queue-deps.js';
import type { MessageFactType } from './queue-facts.js';
import { type QueuePage, type QueuePageQuery, queuePage } from './queue-page.js';
import { Readiness } from './readiness.js';

/** Told to callers of a full queue: a place while ready comes at the pace of sending, else with the next recovery. */
const LEAST_RETRY_AFTER_MS = 1_000;
const HELD_RETRY_AFTER_MS = 30_000;
const CANCELLED = { status: 'cancelled', error: 'Cancelled on request.', errorCode: 'CANCELLED' } as const;

export class OutboundQueue {
  readonly #bell: Bell;
  readonly #readiness = new Readiness();
  readonly #ledger: Ledger;
  readonly #pump: Pump;
  readonly #lateAcks: LateAcks;
  readonly #expiry: Expiry;

  readonly #gate: AccountGate;

  /**
   * @param depth items in line (queued and sending) that the store has of the instance
   * @param held items that it has besides, waiting for a person
   */
  constructor(instanceId: string, deps: QueueDeps, depth: number, held = 0) {
    this.#bell = new Bell(deps.clock);
    this.#ledger = new Ledger(instanceId, deps, this.#bell, { depth, held });
    this.#lateAcks = new LateAcks(this.#ledger, this.#bell);
    const surroundings = { ledger: this.#ledger, readiness: this.#readiness, bell: this.#bell };
    this.#pump = new Pump(
      surroundings,
      (ack) => this.#lateAcks.heard(ack),
      // While the queue goes on, the time to live of what is passed runs out here.
      ({ expiresAt }) => this.#expiry.watch(expiresAt ?? undefined),
    );
    this.#gate = new AccountGate(this.#ledger, this.#pump, this.#bell);
    this.#expiry = new Expiry(this.#ledger, () => this.#goesOn);
    if (depth > 0 || held > 0) this.#expiry.watch();
  }

  /** Items queued and sending, without those that are held. */
  get depth(): number {
    return this.#ledger.depth;
  }

  /** Items that wait for a person: they were accepted for another account. */
  get held(): number {
    return this.#ledger.held;
  }

  /** When the oldest of them was accepted, epoch milliseconds; null for none, and while it is not known. */
  get oldestAt(): number | null {
    return this.#ledger.oldestAt;
  }

  /** An estimate of when a full queue has room again, in milliseconds. */
  get retryAfterMs(): number {
    const { sendIntervalMs } = this.#ledger.deps.options;
    return this.#readiness.isOpen ? Math.max(LEAST_RETRY_AFTER_MS, sendIntervalMs) : HELD_RETRY_AFTER_MS;
  }

  /**
   * The instance is ready in this generation, with this account: items are sent. Earlier generations are closed. What waits
   * for another account is held first.
   */
  open(generation: number, pairing: Pairing): void {
    if (this.#bell.isClosed) return;
    this.#ledger.pairing = pairing;
    this.#gate.leave();
    if (this.#gate.isOpenFor(pairing)) {
      this.#begin(generation, pairing);
      return;
    }
    this.#readiness.hold();
    this.#pump.hold();
    this.#gate.wait(generation, pairing, () => {
      this.#begin(generation, pairing);
    });
  }

  #begin(generation: number, { account }: Pairing): void {
    const { deps, instanceId } = this.#ledger;
    this.#readiness.open(generation);
    this.#expiry.stop();
    if (this.held > 0 || (this.depth > 0 && this.#ledger.off.length > 0)) this.#expiry.watch();
    deps.accountSettled?.(instanceId, account);
    this.#bell.ring();
    if (this.depth > 0) this.#pump.wake();
  }

  /** What the page can do has changed: what waits for it may go on. */
  pageChanged(): void {
    if (this.depth === 0) return;
    if (this.#ledger.off.length > 0) this.#expiry.watch();
    this.#pump.wake();
  }

  /** Not ready any more: no new send begins; the one in flight goes on until it settles. */
  hold(): void {
    this.#gate.leave();
    if (!this.#readiness.isOpen) return;
    this.#readiness.hold();
    this.#held();
  }

  /** The driver has closed it: nothing that was asked of it can have an effect any more. */
  generationClosed(generation: number): void {
    this.#gate.leave(generation);
    const wasOpen = this.#readiness.isOpen;
    this.#readiness.closed(generation);
    if (wasOpen && !this.#readiness.isOpen) this.#held();
    else this.#bell.ring();
  }

  /** Also late ones: an uncertain item becomes `sent`, and the acknowledgement of a sent one rises. */
  heardAck(ack: HeardAck): void {
    if (!this.#pump.hear(ack) && !this.#bell.isClosed) this.#lateAcks.heard(ack);
  }

  /**
   * Makes the send durable and answers with its receipt; with its outcome if the instance is ready, nothing is ahead,
   * and it is known within `waitMs`.
   * @param instanceState asked when the receipt is written
   * @throws LifecycleError `IDEMPOTENCY_MISMATCH`; `INVALID_INPUT` when the content is not JSON
   */
  async accept(
    content: ItemContent,
    options: AcceptOptions,
    instanceState: () => InstanceState,
    ready: boolean,
  ): Promise<Receipt> {
    if (this.#bell.isClosed)
      return this.refused('SHUTTING_DOWN', 'The node is shutting down.', instanceState());
    const request = this.#requestOf(content, options);
    const { waiters } = this.#ledger;
    // Expected before it is stored: a pump that is running may settle it before this call goes on.
    const outcome = ready && options.waitMs > 0 ? waiters.expect(request.id, options.waitMs) : null;
    let isNext = false;
    try {
      const result = await this.#enqueued(request);
      if (result instanceof LifecycleError) return this.refused(result.code, result.message, instanceState());
      const item = this.#acceptedOf(result);
      if (!item) return this.refused('QUEUE_FULL', this.#fullMessage, instanceState());
      if (result.outcome === 'queued') this.#accepted(item);
      isNext = result.outcome === 'queued' && result.depth === 1;
      const settled = isNext ? await outcome : null;
      return receiptOf(settled ?? item, instanceState(), this.depth);
    } finally {
      if (!isNext) waiters.forget(request.id);
    }
  }

  /**
   * The receipt of the item that an idempotency key has made, or null. For sends that are about to be refused: a
   * refusal would make the caller of an accepted message send it again. A store that cannot tell is a receipt too.
   * @throws LifecycleError `IDEMPOTENCY_MISMATCH`
   */
  async repeated(
    content: ItemContent,
    options: AcceptOptions,
    instanceState: () => InstanceState,
  ): Promise<Receipt | null> {
    if (options.idempotencyKey === undefined) return null;
    // A queue of no size takes nothing new.
    const result = await this.#enqueued({ ...this.#requestOf(content, options), maxQueueSize: 0 });
    if (result instanceof LifecycleError) return this.refused(result.code, result.message, instanceState());
    const item = this.#acceptedOf(result);
    return item && receiptOf(item, instanceState(), this.depth);
  }

  /** The receipt of a send that is not accepted. */
  refused(code: ErrorCode, message: string, instanceState: InstanceState): Receipt {
    return refusal(code, message, instanceState, this.depth);
  }

  /** @throws LifecycleError `INVALID_INPUT`, `STORE_UNAVAILABLE` */
  list(query: QueuePageQuery = {}): Promise<QueuePage> {
    return queuePage(this.#ledger.deps.store, this.#ledger.instanceId, query);
  }

  /** @throws LifecycleError `QUEUE_ITEM_NOT_FOUND`, `STORE_UNAVAILABLE` */
  async get(id: string): Promise<QueueItem> {
    const item = await this.#ledger.deps.store.get(this.#ledger.instanceId, id);
    if (item) return item;
    throw new LifecycleError('QUEUE_ITEM_NOT_FOUND', {
      message: `The queue has no item ${id}.`,
      details: { queueId: id },
    });
  }

  /**
   * Ends an item that is `queued` or `uncertain`; one that is being sent cannot be called back.
   * @throws LifecycleError `QUEUE_ITEM_NOT_FOUND`, `QUEUE_ITEM_SETTLED` with details.status, `STORE_UNAVAILABLE`
   */
  cancel(id: string): Promise<QueueItem> {
    return this.#settleByHand(id, ['queued', 'uncertain'], () => [
      { ...CANCELLED, settledAt: this.#ledger.deps.clock.now() },
      'message.cancelled',
    ]);
  }

  /**
   * A person's word on an item that is `uncertain`. `resend` puts it back in its place, with the same key and as many
   * attempts as a new one.
   * @throws LifecycleError `QUEUE_ITEM_NOT_FOUND`, `QUEUE_ITEM_SETTLED` with details.status, `MESSAGE_EXPIRED` for a
   * resend past its time to live, `STORE_UNAVAILABLE`
   */
  async resolve(id: string, as: 'sent' | 'resend' | 'failed'): Promise<QueueItem> {
    const { clock } = this.#ledger.deps;
    const resolved = await this.#settleByHand(id, ['uncertain'], (item) => {
      const settledAt = clock.now();
      if (as === 'sent') return [{ status: 'sent', error: null, errorCode: null, settledAt }, 'message.sent'];
      if (as === 'failed')
        return [
          { status: 'failed', error: 'Declared failed by hand.', errorCode: 'UNCERTAIN', settledAt },
          'message.failed',
        ];
      if (isExpired(item, settledAt))
        throw new LifecycleError('MESSAGE_EXPIRED', {
          message: 'The time to live of the item is over. Send the message anew.',
          details: { queueId: id, expiresAt: item.expiresAt },
        });
      const attempts = -item.attemptCount;
      const apart = this.#ledger.apartMove({ ...item, status: 'queued' });
      if (apart) return [{ ...apart.move, attempts }, 'message.held'];
      return [{ status: 'queued', attempts }, 'message.queued'];
    });
    if (resolved.held) this.#expiry.watch();
    else if (resolved.status === 'queued') this.#accepted(resolved);
    return resolved;
  }

  /**
   * Puts what is held back in its place, to be sent in the name of this account: these items, or all. What is not held is
   * left as it is.
   * @returns how many. @throws LifecycleError `QUEUE_ITEM_NOT_FOUND`, `STORE_UNAVAILABLE`
   */
  async release(account: string | null, ids?: readonly string[]): Promise<number> {
    const count = await this.#settleHeld(ids, (item) => ({
      move: releasedMove(item, account),
      fact: 'message.queued',
    }));
    if (this.#readiness.isOpen) this.#pump.wake();
    else if (this.depth > 0) this.#expiry.watch();
    return count;
  }

  /** Cancels what is held, as `release`. */
  drop(ids?: readonly string[]): Promise<number> {
    return this.#settleHeld(ids, () => ({
      move: { ...CANCELLED, settledAt: this.#ledger.deps.clock.now() },
      fact: 'message.cancelled',
    }));
  }

  async #settleHeld(
    ids: readonly string[] | undefined,
    settle: Parameters<typeof settleHeld>[2],
  ): Promise<number> {
    for (const id of ids ?? []) await this.get(id);
    return settleHeld(this.#ledger, ids ? new Set(ids) : null, settle);
  }

  /** Begins no more sends, and waits for the item in flight to settle; at most so long. Never rejects. */
  async drain(timeoutMs: number): Promise<void> {
    this.hold();
    this.#ledger.waiters.endAll(this.#pump.inFlight ?? undefined);
    try {
      await this.#bell.until(() => !this.#pump.isSettling, timeoutMs);
    } catch (error) {
      if (!(error instanceof QueueClosed)) this.#ledger.report(error);
    }
  }

  /** Ends every wait and timer. An item in flight stays `sending` in the store, for the look-up at the next boot. */
  close(): void {
    this.#readiness.hold();
    this.#pump.hold();
    this.#expiry.stop();
    this.#bell.close();
    this.#ledger.waiters.endAll();
  }

  #held(): void {
    this.#pump.hold();
    if (this.depth > 0 || this.held > 0) this.#expiry.watch();
    this.#bell.ring();
  }

  #accepted(item: QueueItem): void {
    if (this.#bell.isClosed) return;
    if (this.#readiness.isOpen) this.#pump.wake();
    if (!this.#goesOn && item.expiresAt !== null) this.#expiry.watch(item.expiresAt);
  }

  /** Items are sent one after the other. A page that can send no text can send nothing. */
  get #goesOn(): boolean {
    return this.#readiness.isOpen && !this.#ledger.off.includes('sendText');
  }

  #requestOf(
    content: ItemContent,
    { account = null, metadata, ttlMs, idempotencyKey, asked = content }: AcceptOptions,
  ): EnqueueRequest {
    const { clock, newId, options } = this.#ledger.deps;
    const createdAt = clock.now();
    const idempotency =
      idempotencyKey === undefined
        ? null
        : {
            key: idempotencyKey,
            fingerprint: fingerprintOf({ content: asked, metadata, ttlMs }),
            expiresAt: createdAt + options.idempotencyTtlMs,
          };
    return {
      id: newId(),
      instanceId: this.#ledger.instanceId,
      content,
      account,
      metadata,
      createdAt,
      expiresAt: createdAt + (ttlMs ?? options.messageTtlMs),
      maxQueueSize: options.maxQueueSize,
      idempotency,
    };
  }

  /** A store that fails is answered for, not thrown: the sender gets a receipt. */
  async #enqueued(request: EnqueueRequest): Promise<EnqueueResult | LifecycleError> {
    try {
      const result = await this.#ledger.enqueue(request);
      if (result.outcome !== 'full' || this.#goesOn || !this.#expiry.isDue) return result;
      // While nothing is sent, only what is over can make room.
      await this.#expiry.sweep();
      return await this.#ledger.enqueue(request);
    } catch (error) {
      if (isLifecycleError(error, 'INVALID_INPUT')) throw error;
      this.#ledger.report(error);
      return new LifecycleError('STORE_UNAVAILABLE', {
        message: 'The store cannot write now. Nothing was accepted.',
        cause: error,
      });
    }
  }

  #acceptedOf(result: EnqueueResult): QueueItem | null {
    if (result.outcome !== 'mismatch') return result.outcome === 'full' ? null : result.item;
    throw new LifecycleError('IDEMPOTENCY_MISMATCH', {
      message: 'The idempotency key was used with another body. Use a new key for a new message.',
    });
  }

  get #fullMessage(): string {
    return `The queue has ${this.#ledger.deps.options.maxQueueSize} items waiting. Try again later.`;
  }

  async #settleByHand(
    id: string,
    from: readonly QueueItem['status'][],
    change: (item: QueueItem) => readonly [Move, MessageFactType],
  ): Promise<QueueItem> {
    for (;;) {
      const item = await this.get(id);
      if (!from.includes(item.status))
        throw new LifecycleError('QUEUE_ITEM_SETTLED', {
          message: `The item is ${item.status}; that can be done only while it is ${from.join(' or ')}.`,
          details: { queueId: id, status: item.status },
        });
      const changed = await this.#ledger.move(item, ...change(item));
      if (changed) return changed;
    }
  }
}
