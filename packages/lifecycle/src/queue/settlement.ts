/** Settlement: how an attempt ends in the store. Each is tried until it is written. */
import type { Ack, QueueItem } from '../domain/message.js';
import type { PageCapability } from '../domain/page-report.js';
import type { SendFailureCode } from '../ports/driver.js';
import type { Ledger, Move } from './ledger.js';
import type { MessageFactType } from './queue-facts.js';

export interface Acknowledged {
  readonly ack: Ack;
  readonly messageId: string | null;
  readonly messageKey: string;
}

export class Settlement {
  readonly #item: QueueItem;
  readonly #ledger: Ledger;
  readonly #hasWaited: boolean;

  /**
   * @param item the item as it was journaled: `sending`
   * @param hasWaited before that, the page had refused it or could not do what it needs
   */
  constructor(item: QueueItem, ledger: Ledger, hasWaited = false) {
    this.#item = item;
    this.#ledger = ledger;
    this.#hasWaited = hasWaited;
  }

  /** By WhatsApp's word: 1 or more is sent, -1 failed. Asked again at each try, as it may rise meanwhile. */
  acknowledged(latest: () => Acknowledged): Promise<QueueItem | null> {
    return this.#write(() => {
      const known = latest();
      return known.ack > 0
        ? [sentMove(known, this.#now), 'message.sent']
        : [ackFailedMove(known, this.#now), 'message.failed'];
    });
  }

  /** Refused for good. An item that may have been delivered before is parked: `failed` would say that it was not. */
  refused(errorCode: SendFailureCode, error: string): Promise<QueueItem | null> {
    return this.#write(() =>
      this.#wasUncertain
        ? [uncertainMove(error), 'message.uncertain']
        : [{ status: 'failed', error, errorCode, settledAt: this.#now }, 'message.failed'],
    );
  }

  /** At the head again, with the same key. Not counted when the instance had lost `ready`: that is no fault of the item. */
  putBack({
    isCounted,
    reason,
  }: {
    readonly isCounted: boolean;
    readonly reason: string;
  }): Promise<QueueItem | null> {
    const errorCode = this.#wasUncertain ? 'UNCERTAIN' : null;
    return this.#write(() => [{ status: 'queued', attempts: isCounted ? 0 : -1, error: reason, errorCode }]);
  }

  /**
   * Put back and passed until the page can do it again. The first refusal is no fault of the item; one that comes again
   * after a self-test that passed is counted, so that a single odd item cannot hold the queue for ever.
   */
  passed(capability: PageCapability, reason: string): Promise<QueueItem | null> {
    const isCounted = this.#item.errorCode === 'INCOMPATIBLE_PAGE' || (this.#wasUncertain && this.#hasWaited);
    const errorCode = this.#wasUncertain ? 'UNCERTAIN' : 'INCOMPATIBLE_PAGE';
    return this.#write(() => [
      {
        status: 'queued',
        attempts: isCounted ? 0 : -1,
        waitsFor: capability,
        error: `WhatsApp's page has changed: ${reason}`,
        errorCode,
      },
      'message.waiting',
    ]);
  }

  /** Nobody can know: parked, or put back at the head where the policy says so, but not for ever. */
  uncertain(reason: string, messageId = this.#item.messageId): Promise<QueueItem | null> {
    const { uncertainPolicy, maxSendAttempts } = this.#ledger.deps.options;
    const isResent = uncertainPolicy === 'resend' && this.#item.attemptCount < maxSendAttempts;
    return this.#write(() => [
      { ...uncertainMove(reason), status: isResent ? 'queued' : 'uncertain', messageId },
      'message.uncertain',
    ]);
  }

  /** The page that took it is another account's by now: parked, whatever the policy is, and the page is not asked. */
  foreign(): Promise<QueueItem | null> {
    const reason = 'Another account was paired before an answer came.';
    return this.#write(() => [uncertainMove(reason), 'message.uncertain']);
  }

  #write(settlement: () => readonly [Move, MessageFactType?]): Promise<QueueItem | null> {
    return this.#ledger.insist(() => this.#ledger.move(this.#item, ...settlement()));
  }

  /** An attempt before this one may have been delivered, and this one proves nothing about it. */
  get #wasUncertain(): boolean {
    return this.#item.errorCode === 'UNCERTAIN';
  }

  get #now(): number {
    return this.#ledger.deps.clock.now();
  }
}

export const sentMove = (
  known: Omit<Acknowledged, 'messageKey'> & { readonly messageKey?: string },
  at: number,
): Move => ({
  ...known,
  status: 'sent',
  error: null,
  errorCode: null,
  settledAt: at,
});

export const ackFailedMove = (
  known: Omit<Acknowledged, 'messageKey'> & { readonly messageKey?: string },
  at: number,
): Move => ({
  ...known,
  status: 'failed',
  error: 'WhatsApp reported an error for the message.',
  errorCode: 'MESSAGE_REFUSED',
  settledAt: at,
});

export const uncertainMove = (reason: string): Move => ({
  status: 'uncertain',
  error: `${reason} Whether it was delivered is not known.`,
  errorCode: 'UNCERTAIN',
});
