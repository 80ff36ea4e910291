/** The sending half of a simulated page: from the call into the page, over its history, to the server and back. */
import type { Ack } from '../../domain/message.js';
import { needsOf } from '../../policy/page-policy.js';
import type { DriverEvent, SendReport, SendRequest, Sighting } from '../../ports/driver.js';
import type { HistoryEntry, SimulatedAccount } from './simulated-account.js';
import { isOnWhatsApp } from './simulated-directory.js';
import type { SimulatedFaults } from './simulated-faults.js';
import { simulatedText, whatsAppTime } from './simulated-phone.js';

/** What the outbox needs of the page around it. */
export interface OutboxPage {
  readonly account: SimulatedAccount;
  readonly isOnline: boolean;
  readonly isReady: boolean;
  /** A timer that ends with the page. */
  after(ms: number, fn: () => void): void;
  time(name: 'sendMs' | 'ackMs'): number;
  now(): number;
  ackUpTo(): number;
  takeFault<K extends 'ack' | 'exists'>(kind: K): SimulatedFaults[K] | undefined;
  /** A call that answers, misses its deadline, or ends with the page. */
  call(deadlineMs: number | null, onDeadline: () => void, onEnd: () => void): () => void;
  say(event: DriverEvent): void;
}

const recipientOf = (request: SendRequest): string => request.content.payload.to;
const bodyOf = ({ content }: SendRequest): string =>
  content.type === 'poll'
    ? content.payload.question
    : (content.payload.text ?? content.payload.media?.caption ?? '');

export class SimulatedOutbox {
  readonly #page: OutboxPage;
  /** Keys of the calls that this load of the page took, and whether they are over. */
  #calls: Map<string, 'running' | 'over'> | undefined;
  #withheld: HistoryEntry[] | undefined;
  /** In the chat, and on their way to an acknowledgement. */
  #travelling: Set<HistoryEntry> | undefined;

  constructor(page: OutboxPage) {
    this.#page = page;
  }

  send(
    request: SendRequest,
    fault: SimulatedFaults['send'] | undefined,
    pageHangs: boolean,
  ): Promise<SendReport> {
    return new Promise((resolve) => {
      let settle: () => void = () => {};
      const settled = new Promise<void>((done) => {
        settle = done;
      });
      const lost = (message: string): SendReport => ({ outcome: 'unknown', message, settled });
      this.#mark(request.messageKey, 'running');
      const answered = this.#page.call(
        request.deadlineMs,
        () => resolve(lost(`The page did not answer within ${request.deadlineMs} ms.`)),
        () => resolve(lost('The page ended before it answered.')),
      );
      // The call ends after its report when the deadline came first: a page that ends later settles it then.
      const forgetSettle = this.#page.call(null, () => {}, settle);
      const end = (report: SendReport): void => {
        this.#mark(request.messageKey, 'over');
        answered();
        forgetSettle();
        settle();
        resolve(report);
      };
      if (pageHangs || fault === 'hang') return;
      const late = typeof fault === 'object' && 'lateMs' in fault;
      this.#page.after(late ? fault.lateMs : this.#page.time('sendMs'), () => {
        if (typeof fault === 'object' && 'unsent' in fault)
          return end({ outcome: 'unsent', code: fault.unsent, message: 'The page could not send it now.' });
        if (typeof fault === 'object' && 'refused' in fault)
          return end({ outcome: 'refused', code: fault.refused, message: 'WhatsApp refused the message.' });
        const lacks = needsOf(request.content).find((name) => this.#page.account.lacking?.has(name));
        if (lacks)
          return end({
            outcome: 'unsent',
            code: 'INCOMPATIBLE_PAGE',
            message: `The simulated page lacks ${lacks}.`,
            capability: lacks,
          });
        const unopened = this.#obstacleToOpening(request);
        if (unopened) return end(unopened);
        if (!isOnWhatsApp(recipientOf(request)))
          return end({
            outcome: 'refused',
            code: 'RECIPIENT_NOT_FOUND',
            message: 'The recipient is not on WhatsApp.',
          });
        const obstacle = this.#obstacleToQuoting(request);
        if (obstacle) return end({ outcome: 'refused', code: 'QUOTED_MESSAGE_NOT_FOUND', message: obstacle });
        if (fault === 'lostCall') return end(lost('Execution context was destroyed.'));
        const entry = this.#add(request);
        if (fault === 'lostAnswer') return end(lost('Promise was collected.'));
        end({ outcome: 'added', messageId: entry.messageId, ack: entry.ack });
      });
    });
  }

  /** Why no new chat is opened with the recipient; undefined where there is one. */
  #obstacleToOpening(request: SendRequest): SendReport | undefined {
    const { account } = this.#page;
    const to = recipientOf(request);
    if (!/@(c\.us|lid)$/.test(to) || account.hasChat(to)) return undefined;
    if (request.recipientCheck === 'required' && this.#page.takeFault('exists') === 'silence')
      return {
        outcome: 'unsent',
        code: 'PAGE_UNAVAILABLE',
        message: `WhatsApp did not say whether ${to} is there.`,
      };
    const { restriction } = account;
    if (!restriction || (restriction.until !== null && restriction.until <= this.#page.now()))
      return undefined;
    const end = restriction.until === null ? '' : ` until ${new Date(restriction.until).toISOString()}`;
    const message = `WhatsApp lets the account open no new chats${end}.`;
    return { outcome: 'refused', code: 'RECIPIENT_TIMELOCKED', message, restriction };
  }

  find(to: string, messageKey: string): Sighting {
    const entry = this.#page.account.history?.get(messageKey);
    if (entry && entry.content.payload.to === to)
      return { found: true, messageId: entry.messageId, ack: entry.ack };
    return { found: false, proof: this.#calls?.get(messageKey) === 'over' };
  }

  /** The page has loaded, or is online again: what has no acknowledgement yet goes out (again), under the same key. */
  resume(): void {
    for (const entry of this.#page.account.history?.values() ?? [])
      if (entry.ack === 0 && !this.#travelling?.has(entry)) this.#transmit(entry);
  }

  releaseAcks(): void {
    const withheld = this.#withheld ?? [];
    this.#withheld = undefined;
    for (const entry of withheld) this.#acknowledge(entry, 1);
  }

  /** A new load of the page knows the history, and nothing of calls. */
  reset(): void {
    this.#calls = undefined;
    this.#withheld = undefined;
    this.#travelling = undefined;
  }

  #obstacleToQuoting({ content, messageKey }: SendRequest): string | undefined {
    const { account } = this.#page;
    const quoted = content.type === 'message' ? content.payload.quotedMessageId : undefined;
    // What is there already is not sent again, whatever it quotes.
    if (quoted === undefined || account.history?.has(messageKey) || account.hasMessage(quoted))
      return undefined;
    return `The account has no message ${quoted} that could be quoted.`;
  }

  #mark(key: string, state: 'running' | 'over'): void {
    this.#calls ??= new Map();
    this.#calls.set(key, state);
  }

  /** A message that the history has under this key is not sent again. */
  #add(request: SendRequest): HistoryEntry {
    const known = this.#page.account.history?.get(request.messageKey);
    if (known && known.ack !== -1) return known;
    const entry: HistoryEntry = {
      messageKey: request.messageKey,
      messageId: `true_${recipientOf(request)}_${request.messageKey}`,
      content: request.content,
      ack: 0,
    };
    this.#page.account.addToHistory(entry);
    this.#page.account.chats.wrote(recipientOf(request), this.#page.now());
    const chatId = recipientOf(request);
    const from = this.#page.account.identity.id;
    const body = bodyOf(request);
    const at = whatsAppTime(this.#page.now());
    const message = simulatedText(entry.messageId, { chatId, fromMe: true, from }, body, at);
    this.#page.account.inbox.add(message);
    this.#page.say({ type: 'created', message, ours: true });
    if (this.#page.isOnline) this.#transmit(entry);
    return entry;
  }

  #transmit(entry: HistoryEntry): void {
    const fault = this.#page.takeFault('ack');
    if (fault === 'stuck') return;
    this.#travelling ??= new Set();
    this.#travelling.add(entry);
    if (fault === 'error') {
      this.#page.after(this.#page.time('ackMs'), () => this.#say(entry, -1));
      return;
    }
    this.#page.account.deliver({
      messageKey: entry.messageKey,
      messageId: entry.messageId,
      from: this.#page.account.identity.id,
      content: entry.content,
      at: this.#page.now(),
    });
    if (fault === 'withhold') {
      this.#withheld ??= [];
      this.#withheld.push(entry);
      return;
    }
    this.#page.after(this.#page.time('ackMs'), () => this.#acknowledge(entry, 1));
  }

  #acknowledge(entry: HistoryEntry, ack: 1 | 2 | 3): void {
    this.#say(entry, ack);
    if (ack < this.#page.ackUpTo())
      this.#page.after(this.#page.time('ackMs'), () => this.#acknowledge(entry, ack === 1 ? 2 : 3));
  }

  #say(entry: HistoryEntry, ack: Ack): void {
    entry.ack = ack;
    this.#travelling?.delete(entry);
    // As in whatsapp-web.js: what is acknowledged before `ready` is known to the page and told to nobody.
    if (this.#page.isReady)
      this.#page.say({ type: 'ack', messageId: entry.messageId, messageKey: entry.messageKey, ack });
  }
}
