/** Judges what became of messages: by what was accepted, what pages were asked to send, and what WhatsApp has. */
import type { Entry, Run } from '../history.js';
import type { Violations } from './sentences.js';

const SETTLED: ReadonlySet<string> = new Set([
  'message.sent',
  'message.failed',
  'message.expired',
  'message.cancelled',
]);

class Message {
  readonly item: string;
  readonly text: string;
  /** Place in the order of acceptance. */
  readonly order: number;
  settlements = 0;
  wasUncertain = false;
  wasHeld = false;
  resends = 0;
  constructor(item: string, text: string, order: number) {
    this.item = item;
    this.text = text;
    this.order = order;
  }
}

export class MessageJudge {
  readonly #run: Run;
  readonly #violations: Violations;
  readonly #byItem = new Map<string, Message>();
  readonly #byText = new Map<string, Message>();
  /** Item by instance and key; forgotten when the instance is removed. */
  readonly #byKey = new Map<string, string>();
  readonly #removedAt = new Map<string, number>();
  readonly #acceptedAt = new Map<string, { readonly id: string; readonly index: number }>();
  readonly #enqueuedAt = new Map<string, number>();
  readonly #refusedTexts = new Map<string, number>();
  /** Texts of sends that were answered with an item. */
  readonly #acceptedTexts = new Set<string>();
  readonly #lastAttempt = new Map<string, number>();
  readonly #attempted = new Set<string>();
  /** Text of the page call that runs, by instance. */
  readonly #flying = new Map<string, string>();
  readonly #deliveredAt = new Map<string, number>();
  readonly #saidSentByHand = new Set<string>();

  constructor(run: Run, violations: Violations) {
    this.#run = run;
    this.#violations = violations;
    for (const { text, at } of run.ending.deliveries)
      this.#deliveredAt.set(text, Math.min(at, this.#deliveredAt.get(text) ?? at));
  }

  judge(): void {
    for (const [index, entry] of this.#run.history.entries()) this.#see(entry, index);
    this.#judgeEnd();
  }

  #see(entry: Entry, index: number): void {
    const { at } = entry;
    switch (entry.kind) {
      case 'committed':
        for (const item of entry.uncertain) this.#becameUncertain(item);
        for (const item of entry.held) this.#stoodAside(item);
        return;
      case 'enqueued':
        this.#enqueuedAt.set(entry.item, index);
        this.#enqueued(entry);
        return;
      case 'asked':
        if (entry.verb === 'remove') this.#forget(entry.id, index);
        if (entry.verb === 'resolve' && entry.as === 'resend') this.#allowResend(entry.item);
        if (entry.verb === 'resolve' && entry.as === 'sent') this.#saidSentByHand.add(entry.item ?? '');
        return;
      case 'answered':
        if (entry.verb === 'remove') this.#forget(entry.id, index);
        if (entry.verb === 'send') this.#answered(entry, index);
        return;
      case 'opened store':
        for (const { id, sending } of entry.records)
          if (sending > 1) this.#violations.add('uncertain', at, `${id} has ${sending} items in flight.`);
        return;
      case 'ended':
        this.#flying.clear();
        return;
      case 'attempt':
        this.#attempt(entry);
        return;
      case 'attempt over':
        if (this.#flying.get(entry.id) === entry.text) this.#flying.delete(entry.id);
        return;
      case 'close over':
        this.#flying.delete(entry.id);
        return;
      case 'told':
        this.#told(entry);
        return;
      default:
    }
  }

  #enqueued({ id, item, text, key, at }: Entry & { kind: 'enqueued' }): void {
    const message = new Message(item, text, this.#byItem.size);
    this.#byItem.set(item, message);
    this.#byText.set(text, message);
    if (key === null) return;
    const known = this.#byKey.get(`${id} ${key}`);
    if (known) this.#violations.add('idempotent', at, `${key} of ${id} made ${known} and ${item}.`);
    this.#byKey.set(`${id} ${key}`, item);
  }

  #forget(id: string, index: number): void {
    this.#removedAt.set(id, index);
    for (const key of [...this.#byKey.keys()]) if (key.startsWith(`${id} `)) this.#byKey.delete(key);
  }

  #answered(entry: Entry & { kind: 'answered' }, index: number): void {
    const { id, item, outcome, at, text = '' } = entry;
    if (item !== null) {
      this.#acceptedAt.set(item, { id, index: this.#enqueuedAt.get(item) ?? index });
      if (!this.#byItem.has(item))
        this.#violations.add('durable', at, `${text} of ${id} was answered "${outcome}" as ${item}.`);
      this.#acceptedTexts.add(text);
    } else if (entry.key === undefined) this.#refusedTexts.set(text, at);
  }

  #allowResend(item: string | undefined): void {
    const message = item === undefined ? undefined : this.#byItem.get(item);
    if (message) message.resends += 1;
  }

  #attempt({ id, text, wasDelivered, place, at }: Entry & { kind: 'attempt' }): void {
    if (/^error\.(incompatible|retesting)$/.test(place))
      this.#violations.add('incompatible', at, `${id} sends ${text} in ${place}.`);
    const message = this.#byText.get(text);
    const flying = this.#flying.get(id);
    if (flying !== undefined)
      this.#violations.add('oneInFlight', at, `${id} sends ${text} while ${flying} is under way.`);
    this.#flying.set(id, text);
    if (!message) {
      this.#violations.add('kept', at, `${id} sends ${text}, which was never accepted.`);
      return;
    }
    if (!this.#attempted.has(text)) {
      const last = this.#lastAttempt.get(id) ?? -1;
      // An attempt that was journaled and never made is one too: what was parked then is passed.
      const wasPassed = message.wasUncertain || message.wasHeld || message.resends > 0;
      if (message.order < last && !wasPassed)
        this.#violations.add('order', at, `${id} sends ${text} after what was accepted later.`);
      this.#lastAttempt.set(id, Math.max(last, message.order));
    }
    this.#attempted.add(text);
    const mayRepeat = message.resends > 0 || (this.#run.rules.resendsUncertain && message.wasUncertain);
    if (wasDelivered && !mayRepeat)
      this.#violations.add('once', at, `${id} sends ${text}, which WhatsApp has.`);
  }

  #becameUncertain(item: string): void {
    const message = this.#byItem.get(item);
    if (message) message.wasUncertain = true;
  }

  #stoodAside(item: string): void {
    const message = this.#byItem.get(item);
    if (message) message.wasHeld = true;
  }

  #told({ type, item, at }: Entry & { kind: 'told' }): void {
    const message = item === null ? undefined : this.#byItem.get(item);
    if (!message) return;
    if (!SETTLED.has(type)) return;
    message.settlements += 1;
    if (message.settlements > 1)
      this.#violations.add('settled', at, `${message.text} is told as ${type} once more.`);
    if (type === 'message.sent') this.#judgeSent(message, at);
  }

  #judgeSent({ text, item }: Message, at: number): void {
    const delivered = this.#deliveredAt.get(text);
    if (this.#saidSentByHand.has(item)) return;
    if (delivered === undefined || delivered > at)
      this.#violations.add('true', at, `${text} is called sent.`);
  }

  #judgeEnd(): void {
    const { items } = this.#run.ending;
    const kept = new Map(items.map((one) => [one.item, one]));
    for (const [item, { id, index }] of this.#acceptedAt) {
      if (kept.has(item) || (this.#removedAt.get(id) ?? -1) > index) continue;
      this.#violations.add('kept', null, `${item} of ${id} was accepted and is gone.`);
    }
    for (const { text, status, item, ack } of items) {
      if (status === 'sent')
        this.#judgeSent(this.#byItem.get(item) ?? new Message(item, text, 0), Number.POSITIVE_INFINITY);
      // An error is WhatsApp's own word, and a person's "failed" is a person's.
      if (status === 'expired' && ack !== -1 && this.#deliveredAt.has(text))
        this.#violations.add('true', null, `${text} is called expired, and WhatsApp has it.`);
    }
    for (const [text, at] of this.#refusedTexts)
      if (this.#byText.has(text) && !this.#acceptedTexts.has(text))
        this.#violations.add('refused', at, `${text} was refused, and is kept.`);
  }
}
