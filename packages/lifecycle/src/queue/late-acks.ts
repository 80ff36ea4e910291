/**
 * Acknowledgements of messages that are not in flight: an item that nobody knew anything about becomes `sent`, and the
 * acknowledgement of a sent one rises. One after another, so that they are told in the order in which they were heard.
 */
import type { QueueItem } from '../domain/message.js';
import { type Bell, QueueClosed } from './bell.js';
import { type HeardAck, outweighs } from './heard-ack.js';
import type { Ledger } from './ledger.js';
import { ackFact } from './queue-facts.js';
import { ackFailedMove, sentMove } from './settlement.js';

/** Kept while the store is down; the oldest go first. */
const MAX_PENDING = 200;
/** Times that an item may move on between being read and being changed. */
const MAX_TRIES = 5;

export class LateAcks {
  readonly #ledger: Ledger;
  readonly #bell: Bell;
  /** Null while there are none: most queues are idle. */
  #pending: Map<string, HeardAck> | null = null;

  constructor(ledger: Ledger, bell: Bell) {
    this.#ledger = ledger;
    this.#bell = bell;
  }

  heard(ack: HeardAck): void {
    const isIdle = this.#pending === null;
    this.#pending ??= new Map();
    const known = this.#pending.get(ack.messageKey);
    if (!known || outweighs(ack.ack, known.ack)) this.#pending.set(ack.messageKey, ack);
    if (this.#pending.size > MAX_PENDING)
      for (const oldest of this.#pending.keys()) {
        this.#pending.delete(oldest);
        break;
      }
    if (isIdle) void this.#applyAll();
  }

  async #applyAll(): Promise<void> {
    let failures = 0;
    for (let ack = this.#next(); ack; ack = this.#next()) {
      try {
        await this.#apply(ack);
        failures = 0;
        if (this.#pending?.get(ack.messageKey) === ack) this.#pending.delete(ack.messageKey);
      } catch (error) {
        this.#ledger.report(error);
        if (await this.#isClosedBefore(failures++)) break;
      }
    }
    this.#pending = null;
  }

  #next(): HeardAck | undefined {
    return this.#bell.isClosed ? undefined : this.#pending?.values().next().value;
  }

  async #isClosedBefore(failures: number): Promise<boolean> {
    try {
      await this.#ledger.recovered(failures);
      return false;
    } catch (error) {
      if (error instanceof QueueClosed) return true;
      throw error;
    }
  }

  async #apply(ack: HeardAck): Promise<void> {
    const { deps, instanceId } = this.#ledger;
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const item = await deps.store.byMessageKey(instanceId, ack.messageKey);
      if (!item) return this.#foreign(ack);
      if (await this.#told(item, ack)) return;
    }
  }

  #foreign(ack: HeardAck): void {
    const { deps, instanceId } = this.#ledger;
    try {
      deps.foreignAck?.(instanceId, ack);
    } catch (error) {
      this.#ledger.report(error);
    }
  }

  /** False when the item has moved on meanwhile. */
  async #told(item: QueueItem, { ack, messageId: heardId }: HeardAck): Promise<boolean> {
    // An id that is empty takes the place of none.
    const messageId = heardId || item.messageId;
    const at = this.#ledger.deps.clock.now();
    switch (item.status) {
      case 'queued':
      case 'sending':
      case 'uncertain': {
        if (ack > 0)
          return (await this.#ledger.move(item, sentMove({ ack, messageId }, at), 'message.sent')) !== null;
        if (ack === 0 || item.status !== 'uncertain') return true;
        return (
          (await this.#ledger.move(item, ackFailedMove({ ack, messageId }, at), 'message.failed')) !== null
        );
      }
      default: {
        // Settled is settled, whatever is heard later; but what WhatsApp says of it is told.
        if (messageId === null || ack <= (item.ack ?? 0)) return true;
        const rise = { status: item.status, ack, messageId };
        return (await this.#ledger.move(item, rise, ackFact(item, messageId, ack, at))) !== null;
      }
    }
  }
}
