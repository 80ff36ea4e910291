/**
 * Pump: p-queue with concurrency 1 takes turns, one item each. The line itself is in the store: p-queue holds the turn
 * that runs and at most one more, so that a queue of thousands costs no memory, and an idle one has no p-queue at all.
 * Nothing else of p-queue is used: its timeout, signal and interval free the slot while the job still runs.
 */
import PQueue from 'p-queue';
import type { QueueItem } from '../domain/message.js';
import type { PageCapability } from '../domain/page-report.js';
import { spread } from '../policy/backoff.js';
import { needsOf } from '../policy/page-policy.js';
import { QueueClosed } from './bell.js';
import { Delivery, type Surroundings } from './delivery.js';
import { expire, isExpired } from './expiry.js';
import type { HeardAck } from './heard-ack.js';
import { apartMove, type Pairing } from './held-items.js';
import { isTainted } from './item-receipt.js';
import type { ToldMove } from './ledger.js';
import { uncertainMove } from './settlement.js';

const PACING_SPREAD = 0.5;
/** The wait before an item that was proved unsent is tried again, when pacing asks for less. It doubles each time. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

export class Pump {
  readonly #with: Surroundings;
  /** An acknowledgement that came too late for the item in flight. */
  readonly #heardTooLate: (ack: HeardAck) => void;
  /** An item has no turn for now: it is held, or waits until the page can do again what it needs. */
  readonly #passed: (item: QueueItem) => void;
  #line: PQueue | null = null;
  #flight: Delivery | null = null;
  #nextSendAt = 0;
  #failures = 0;

  constructor(
    surroundings: Surroundings,
    heardTooLate: (ack: HeardAck) => void,
    passed: (item: QueueItem) => void,
  ) {
    this.#with = surroundings;
    this.#heardTooLate = heardTooLate;
    this.#passed = passed;
  }

  /** There may be something to do. */
  wake(): void {
    if (!this.#with.readiness.isOpen || this.#with.bell.isClosed) return;
    this.#line ??= this.#newLine();
    if (this.#line.size === 0) void this.#line.add(() => this.#turn());
  }

  /** Turns that have not begun are dropped; the item in flight goes on. */
  hold(): void {
    this.#line?.clear();
  }

  /** Returns whether the acknowledgement is about the item in flight. */
  hear(ack: HeardAck): boolean {
    const isHeard = this.#flight?.hear(ack) ?? false;
    if (isHeard) this.#with.bell.ring();
    return isHeard;
  }

  /** The id of the item in flight. */
  get inFlight(): string | null {
    return this.#flight?.item.id ?? null;
  }

  /** Ends what is in flight for another account than this one; resolves when it has ended. @throws QueueClosed */
  async disown(pairing: Pairing): Promise<void> {
    const flight = this.#flight;
    if (!flight || apartMove(flight.item, pairing) === null) return;
    flight.disown();
    await this.#with.bell.until(() => this.#flight !== flight);
  }

  /** Whether waiting can bring the settlement of an item in flight. */
  get isSettling(): boolean {
    return this.#flight?.canSettleNow ?? false;
  }

  #newLine(): PQueue {
    const line = new PQueue({ concurrency: 1 });
    line.on('idle', () => {
      if (this.#line === line) this.#line = null;
    });
    return line;
  }

  /** Never rejects: what fails here is told, and tried again. */
  async #turn(): Promise<void> {
    try {
      if (await this.#takeTurn()) this.wake();
      this.#failures = 0;
    } catch (error) {
      if (error instanceof QueueClosed) return;
      this.#with.ledger.report(error);
      await this.#recovered();
    }
  }

  async #recovered(): Promise<void> {
    const { ledger, readiness } = this.#with;
    try {
      await ledger.recovered(this.#failures++, () => !readiness.isOpen);
      this.wake();
    } catch (error) {
      if (!(error instanceof QueueClosed)) ledger.report(error);
    }
  }

  /** Returns whether there may be more to do. */
  async #takeTurn(): Promise<boolean> {
    const { bell, ledger, readiness } = this.#with;
    const { clock, options } = ledger.deps;
    if (ledger.depth === 0) return false;
    // A clock that was set back must not stop the queue.
    const longest = options.sendIntervalMs * (1 + PACING_SPREAD);
    await bell.until(() => !readiness.isOpen, Math.min(longest, this.#nextSendAt - clock.now()));
    const item = await ledger.head();
    const generation = readiness.generation;
    if (!item || generation === null) return false;
    const { off } = ledger;
    const lacks = needsOf(item).find((capability) => off.includes(capability));
    const apart = ledger.apartMove(item);
    if (apart) await this.#setApart(item, apart);
    else if (item.status === 'sending') await this.#fly(item, (delivery) => delivery.lookUp(null));
    else if (isExpired(item, clock.now())) await expire(item, ledger);
    // Nothing at all can be sent: the queue waits as it is.
    else if (lacks === 'sendText') return false;
    else if (lacks) await this.#pass(item, lacks);
    else if (item.attemptCount >= options.maxSendAttempts) await this.#giveUp(item);
    else {
      this.#nextSendAt = clock.now() + spread(options.sendIntervalMs, PACING_SPREAD, clock.random());
      const tried = await this.#fly(item, (delivery) => delivery.attempt(generation));
      if (tried?.waitsFor) this.#passed(tried);
      else if (tried?.status === 'queued' && !isTainted(tried)) await this.#retryLater(tried);
    }
    return true;
  }

  async #fly(
    item: QueueItem,
    course: (delivery: Delivery) => Promise<QueueItem | null>,
  ): Promise<QueueItem | null> {
    const delivery = new Delivery(item, this.#with);
    let landed: QueueItem | null = null;
    this.#flight = delivery;
    try {
      landed = await course(delivery);
    } finally {
      this.#flight = null;
      this.#with.bell.ring();
      const heard = delivery.heard;
      if (heard && heard.ack > (landed?.ack ?? 0)) this.#heardTooLate(heard);
    }
    return landed;
  }

  async #setApart(item: QueueItem, { move, fact }: ToldMove<QueueItem>): Promise<void> {
    const moved = await this.#with.ledger.move(item, move, fact);
    if (moved?.held) this.#passed(moved);
  }

  /** Told once: an item that waits for a capability is not the head again before the page has it back. */
  async #pass(item: QueueItem, capability: PageCapability): Promise<void> {
    const waiting = {
      status: 'queued',
      waitsFor: capability,
      error: `WhatsApp's page cannot do this now (${capability}); it is sent when the page can again.`,
      errorCode: isTainted(item) ? item.errorCode : 'NOT_SUPPORTED',
    } as const;
    const passed = await this.#with.ledger.move(item, waiting, 'message.waiting');
    if (passed) this.#passed(passed);
  }

  /** Every attempt was proved unsent; but an item that was once uncertain is never said to be undelivered. */
  #giveUp(item: QueueItem): Promise<QueueItem | null> {
    const { ledger } = this.#with;
    const cause = `${item.attemptCount} attempts were made. The last: ${item.error ?? 'unknown'}`;
    if (isTainted(item)) return ledger.move(item, uncertainMove(cause), 'message.uncertain');
    const failed = {
      status: 'failed',
      error: cause,
      errorCode: 'MAX_ATTEMPTS',
      settledAt: ledger.deps.clock.now(),
    } as const;
    return ledger.move(item, failed, 'message.failed');
  }

  /** Waits before the next attempt. When `ready` is lost meanwhile, that is what failed the attempt: it does not count. */
  async #retryLater(item: QueueItem): Promise<void> {
    const { bell, ledger, readiness } = this.#with;
    if (item.attemptCount === 0) return;
    const { clock, options } = ledger.deps;
    const spell = readiness.spell;
    const base = Math.max(RETRY_MS, options.sendIntervalMs) * 2 ** (item.attemptCount - 1);
    const wait = spread(Math.min(base, MAX_RETRY_MS), PACING_SPREAD, clock.random());
    const isLost = await bell.until(() => readiness.spell !== spell, wait);
    if (isLost) await ledger.insist(() => ledger.move(item, { status: 'queued', attempts: -1 }));
  }
}
