/**
 * Delivery: the item in flight, from the journaling of an attempt to its settlement. It ends when the item is settled,
 * parked or put back, and never while a call into the page may still have an effect.
 */
import { messageOf } from '../domain/errors.js';
import type { Ack, QueueItem } from '../domain/message.js';
import { backoffMs } from '../policy/backoff.js';
import type { SendReport, Sighting } from '../ports/driver.js';
import type { Bell } from './bell.js';
import { type HeardAck, outweighs } from './heard-ack.js';
import type { Ledger } from './ledger.js';
import type { Readiness } from './readiness.js';
import { ackTimeoutOf, sendTimeoutOf } from './send-deadlines.js';
import { Settlement } from './settlement.js';

export interface Surroundings {
  readonly ledger: Ledger;
  readonly readiness: Readiness;
  readonly bell: Bell;
}

interface PageCall {
  report: SendReport | null;
  /** It can have no effect any more. */
  isOver: boolean;
}

/** The driver's own deadlines come first; past this much more it is taken for lost. */
const GRACE_MS = 5_000;
const LOOK_UP_TIMEOUT_MS = 10_000;
const LOOK_UP_RETRY_MS = 1_000;
/** Looks that the page left unanswered before it is given up. */
const MAX_UNANSWERED = 5;
/** Looks of any kind: an instance that flaps must not keep its queue for ever. */
const MAX_LOOKS = 20;

export class Delivery {
  readonly #messageKey: string;
  readonly #with: Surroundings;
  #item: QueueItem;
  #settlement: Settlement;
  #heardKey: string | null = null;
  #messageId: string | null;
  #ack: Ack | null = null;
  /** The generation that was asked last, or null: an attempt of an earlier process. */
  #generation: number | null = null;
  #waitsForReady = false;
  #isSettled = false;
  /** Another account is paired: the page that is ready next knows nothing of it. */
  #isDisowned = false;

  constructor(item: QueueItem, surroundings: Surroundings) {
    this.#item = item;
    this.#messageKey = item.messageKey ?? surroundings.ledger.deps.newMessageKey();
    this.#messageId = item.messageId;
    this.#with = surroundings;
    this.#settlement = new Settlement(item, surroundings.ledger);
  }

  get item(): QueueItem {
    return this.#item;
  }

  /** No page is asked about it any more. */
  disown(): void {
    this.#isDisowned = true;
    this.#with.bell.ring();
  }

  /** False when it is settled, and while only a generation to come can tell more: then there is nothing to wait for. */
  get canSettleNow(): boolean {
    const isOver = this.#generation === null || this.#with.readiness.isOver(this.#generation);
    return !this.#isSettled && !(this.#waitsForReady && isOver);
  }

  /** What was heard of it so far. */
  get heard(): HeardAck | null {
    if (this.#ack === null || this.#messageId === null) return null;
    return { messageKey: this.#messageKey, messageId: this.#messageId, ack: this.#ack };
  }

  /** Returns whether the acknowledgement is about this item. */
  hear({ messageKey, messageId, ack }: HeardAck): boolean {
    // What has no id is about no item.
    const isMine = messageKey === this.#messageKey || (messageId !== '' && messageId === this.#messageId);
    if (!isMine) return false;
    // An adapter that cannot choose the key reports the one that WhatsApp chose: it is what later acknowledgements carry.
    if (messageKey !== this.#messageKey && messageKey !== '') this.#heardKey = messageKey;
    if (messageId !== '') this.#messageId = messageId;
    if (outweighs(ack, this.#ack)) this.#ack = ack;
    return true;
  }

  /**
   * Journals an attempt, makes it, and returns what became of the item; null when it has moved on meanwhile.
   * @throws QueueClosed, and what the store throws while nothing is journaled
   */
  async attempt(generation: number): Promise<QueueItem | null> {
    const { bell, ledger, readiness } = this.#with;
    const journaled = await ledger.move(this.#item, {
      status: 'sending',
      attempts: 1,
      messageKey: this.#messageKey,
      attemptedAt: this.#clock.now(),
    });
    if (!journaled) return null;
    this.#settlement = new Settlement(journaled, ledger, this.#item.waitsFor !== null);
    this.#item = journaled;
    // An acknowledgement of the attempt before came while this one was being journaled.
    if (this.#isAnswered) return this.#settleByAck();
    const spell = readiness.spell;
    if (readiness.generation !== generation)
      return this.#settlement.putBack({ isCounted: false, reason: 'The instance was not ready any more.' });
    this.#generation = generation;
    const call = this.#send(generation);
    const isOver = () => call.isOver || readiness.isOver(generation);
    await bell.until(
      () => call.report !== null || this.#isAnswered || isOver(),
      sendTimeoutOf(this.#item, this.#options) + GRACE_MS,
    );
    const item = await this.#outcomeOf(call, generation, spell, isOver);
    this.#isSettled = true;
    bell.ring();
    await this.#callOver(generation, isOver);
    return item;
  }

  /**
   * Finds out what became of an attempt whose answer was lost: by the item's own key, in a page that is ready.
   * @param spell of readiness in which it was attempted; null when that was in an earlier process
   * @param waitedInSpell an acknowledgement was waited for already, all through this spell
   * @throws QueueClosed
   */
  async lookUp(spell: number | null, waitedInSpell: number | null = null): Promise<QueueItem | null> {
    const { bell, readiness } = this.#with;
    let pendingSpell = waitedInSpell;
    let unanswered = 0;
    for (let looks = 1; ; looks += 1) {
      await this.#readyAgain();
      if (this.#isAnswered) return this.#settleByAck();
      if (this.#isDisowned) return this.#settlement.foreign();
      const current = readiness.spell;
      const hasChanged = () => this.#isAnswered || readiness.spell !== current;
      const sighting = await this.#find();
      if (this.#isAnswered) return this.#settleByAck();
      if (sighting === null) {
        unanswered += 1;
        if (unanswered >= MAX_UNANSWERED)
          return this.#settlement.uncertain('The page could not be asked whether it was sent.');
        await bell.until(
          hasChanged,
          backoffMs(unanswered, LOOK_UP_RETRY_MS, this.#clock.random()) + LOOK_UP_RETRY_MS,
        );
      } else if (!sighting.found) {
        // A page that was lost while it answered may not have known its history yet.
        if (!sighting.proof && readiness.spell !== current && looks < MAX_LOOKS) continue;
        if (!sighting.proof || this.#messageId !== null)
          return this.#settlement.uncertain('The answer was lost, and the page does not know the message.');
        return this.#settlement.putBack({
          isCounted: spell === current,
          reason: 'The answer was lost, and the page proves that it was not sent.',
        });
      } else {
        this.hear({ messageKey: this.#messageKey, ...sighting });
        if (this.#isAnswered) return this.#settleByAck();
        if (pendingSpell === current || looks >= MAX_LOOKS)
          return this.#settlement.uncertain(
            'WhatsApp did not acknowledge the message in time.',
            this.#messageId,
          );
        await bell.until(hasChanged, ackTimeoutOf(this.#item, this.#options));
        pendingSpell = current;
      }
    }
  }

  async #outcomeOf(
    call: PageCall,
    generation: number,
    spell: number,
    isOver: () => boolean,
  ): Promise<QueueItem | null> {
    const { bell, readiness } = this.#with;
    const report = call.report;
    if (this.#isAnswered) return this.#settleByAck();
    if (report?.outcome === 'refused') return this.#settlement.refused(report.code, report.message);
    if (report?.outcome === 'unsent' && report.code === 'INCOMPATIBLE_PAGE') {
      const { ledger } = this.#with;
      const capability = report.capability ?? 'sendText';
      ledger.deps.pageRefused?.(ledger.instanceId, capability);
      return this.#settlement.passed(capability, report.message);
    }
    if (report?.outcome === 'unsent')
      return this.#settlement.putBack({ isCounted: readiness.spell === spell, reason: report.message });
    if (report?.outcome === 'added') {
      this.hear({ messageKey: this.#messageKey, messageId: report.messageId, ack: report.ack });
      const hasChanged = () => this.#isAnswered || readiness.spell !== spell;
      await bell.until(hasChanged, ackTimeoutOf(this.#item, this.#options));
      return this.lookUp(spell, spell);
    }
    await this.#callOver(generation, () => this.#isAnswered || isOver());
    return this.lookUp(spell);
  }

  /** A page may answer every health check and never end this call: then its generation has to, or the line would stand still. */
  async #callOver(generation: number, isOver: () => boolean): Promise<void> {
    const { bell, ledger } = this.#with;
    if (await bell.until(isOver, sendTimeoutOf(this.#item, this.#options))) return;
    ledger.deps.pageStuck?.(ledger.instanceId, generation);
    await bell.until(isOver);
  }

  #send(generation: number): PageCall {
    const { bell, ledger } = this.#with;
    const call: PageCall = { report: null, isOver: false };
    const over = () => {
      call.isOver = true;
      bell.ring();
    };
    const reported = (report: SendReport) => {
      call.report = report;
      if (report.outcome === 'unknown') report.settled.then(over, over);
      else call.isOver = true;
      bell.ring();
    };
    const send = async () =>
      ledger.deps.driver.send({
        instanceId: ledger.instanceId,
        generation,
        content: this.#item,
        messageKey: this.#messageKey,
        recipientCheck: this.#options.recipientCheck,
        deadlineMs: sendTimeoutOf(this.#item, this.#options),
      });
    send().then(reported, (error: unknown) =>
      reported({ outcome: 'unknown', message: messageOf(error), settled: Promise.resolve() }),
    );
    return call;
  }

  /** What the page knows of the message, or null when it could not be asked. */
  async #find(): Promise<Sighting | null> {
    const { bell, ledger, readiness } = this.#with;
    const generation = readiness.generation;
    if (generation === null) return null;
    this.#generation = generation;
    let answer: Sighting | null | undefined;
    const answered = (sighting: Sighting | null) => {
      answer = sighting;
      bell.ring();
    };
    const find = async () =>
      ledger.deps.driver.findSent({
        instanceId: ledger.instanceId,
        generation,
        to: this.#item.payload.to,
        messageKey: this.#messageKey,
        ...(this.#item.attemptedAt !== null && { attemptedAt: this.#item.attemptedAt }),
        deadlineMs: LOOK_UP_TIMEOUT_MS,
      });
    find().then(answered, () => answered(null));
    await bell.until(
      () => answer !== undefined || this.#isAnswered || readiness.isOver(generation),
      LOOK_UP_TIMEOUT_MS + GRACE_MS,
    );
    return answer ?? null;
  }

  async #readyAgain(): Promise<void> {
    const { bell, readiness } = this.#with;
    this.#waitsForReady = true;
    // A drain that waits for this item has nothing to wait for while no page can tell.
    bell.ring();
    await bell.until(() => this.#isAnswered || this.#isDisowned || readiness.isOpen);
    this.#waitsForReady = false;
  }

  #settleByAck(): Promise<QueueItem | null> {
    return this.#settlement.acknowledged(() => ({
      ack: this.#ack ?? 0,
      messageId: this.#messageId,
      messageKey: this.#heardKey ?? this.#messageKey,
    }));
  }

  /** WhatsApp's server has taken it, or reported an error. */
  get #isAnswered(): boolean {
    return this.#ack !== null && this.#ack !== 0;
  }
  get #options() {
    return this.#with.ledger.deps.options;
  }
  get #clock() {
    return this.#with.ledger.deps.clock;
  }
}
