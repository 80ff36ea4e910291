/**
 * Inbox: what the driver hears of messages becomes facts, and what came while nobody listened is fetched once the
 * instance is ready. The store leaves out what was told before, so that hearing and fetching may overlap.
 */
import { messageOf } from '../domain/errors.js';
import type { FactDraft } from '../domain/fact.js';
import { type HeardMessage, type IgnorableChat, partsOfMessageId } from '../domain/inbound.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { Clock } from '../ports/clock.js';
import type { Driver, GenerationRef, MessageEvent } from '../ports/driver.js';
import type { Store } from '../ports/store.js';
import { type Hearing, heardFact, messageFact } from './heard-fact.js';
import type { Log } from './log.js';
import type { ManagedInstance } from './managed-instance.js';
import { PollVotes } from './poll-votes.js';

export interface InboxDeps {
  readonly driver: Driver;
  readonly store: Store;
  readonly clock: Clock;
  readonly options: LifecycleOptions;
  readonly log: Log;
  readonly find: (instanceId: string) => ManagedInstance | undefined;
}

/** One stay in `ready`, from its beginning to its end. */
interface Stay {
  readonly ref: GenerationRef;
  isOver: boolean;
  isCaughtUp: boolean;
  retry: unknown;
}

const HOUR_MS = 3_600_000;
/** WhatsApp's servers may hand over a message a little after a later one. What was told is left out anyway. */
const OVERLAP_MS = 10 * 60_000;
/** Below what a journal keeps while the store is away. */
const MESSAGES_AT_ONCE = 200;
/** Of one `ready`; the next one goes on. */
const MOST_MESSAGES = 10_000;
const FETCH_DEADLINE_MS = 30_000;
/** A page that has just become ready may be busy. The last of them again and again, as long as it is ready. */
const TRY_AGAIN_MS = [5_000, 30_000, 120_000, 600_000];
/** Reading earlier messages of the status has cost links that were a few minutes old: never unless it is asked for. */
const ignoredBehind = ({ ignoreChats, backfillStatus }: LifecycleOptions): readonly IgnorableChat[] =>
  backfillStatus || ignoreChats.includes('status') ? ignoreChats : [...ignoreChats, 'status'];
/** Keys outlive every look back by a day: clocks differ, and a message may have been told late. */
const KEYS_SLACK_HOURS = 24;

export class Inbox {
  private readonly deps: InboxDeps;
  private readonly stays = new Map<string, Stay>();
  private readonly votes: PollVotes;

  constructor(deps: InboxDeps) {
    this.deps = deps;
    this.votes = new PollVotes(deps);
  }

  heard(instanceId: string, event: MessageEvent): void {
    const hearing = this.hearing(instanceId);
    const tell = (known: MessageEvent): void => {
      const fact = heardFact(known, hearing);
      if (fact) this.deps.find(instanceId)?.tell([fact]);
    };
    if (event.type === 'pollVote')
      this.votes.heard(instanceId, event.vote, (vote) => tell({ ...event, vote }));
    else tell(event);
  }

  /** Resolves when all that was heard is told, as far as the journals. Never rejects. */
  settled(): Promise<void> {
    return this.votes.settled();
  }

  /** The instance is ready: what it has missed is fetched, beside what it hears from now on. */
  opened(instanceId: string, generation: number): void {
    this.closed(instanceId);
    const stay: Stay = { ref: { instanceId, generation }, isOver: false, isCaughtUp: false, retry: null };
    this.stays.set(instanceId, stay);
    // The chart is in the middle of its step: the instance knows of it a moment later.
    void Promise.resolve().then(() => this.catchUp(stay, 0));
  }

  /** It is not ready any more. Idempotent. */
  closed(instanceId: string): void {
    const stay = this.stays.get(instanceId);
    if (!stay) return;
    stay.isOver = true;
    this.deps.clock.clearTimeout(stay.retry);
    this.stays.delete(instanceId);
  }

  end(): void {
    for (const instanceId of [...this.stays.keys()]) this.closed(instanceId);
  }

  /** Forgets what nobody can repeat any more. */
  async prune(now: number): Promise<void> {
    const hours = Math.max(this.deps.options.inboundBackfillHours, KEYS_SLACK_HOURS) + KEYS_SLACK_HOURS;
    await this.deps.store.inbox.prune(now - hours * HOUR_MS);
  }

  private hearing(instanceId: string): Hearing {
    const { clock, options } = this.deps;
    const isCaughtUp = this.stays.get(instanceId)?.isCaughtUp === true;
    return { instanceId, at: clock.now(), ignored: options.ignoreChats, isCaughtUp };
  }

  /** Never rejects. */
  private async catchUp(stay: Stay, tries: number): Promise<void> {
    const { clock, log } = this.deps;
    const { instanceId } = stay.ref;
    try {
      const isAll = await this.fetchMissed(stay);
      stay.isCaughtUp = isAll && !stay.isOver;
    } catch (error) {
      if (stay.isOver) return;
      const retryInMs = TRY_AGAIN_MS[Math.min(tries, TRY_AGAIN_MS.length - 1)] ?? 0;
      log.warn(
        { instanceId, error: messageOf(error), retryInMs },
        'messages that came meanwhile could not be fetched',
      );
      stay.retry = clock.setTimeout(() => void this.catchUp(stay, tries + 1), retryInMs);
    }
  }

  /** False when there is more than is fetched at once. */
  private async fetchMissed(stay: Stay): Promise<boolean> {
    const { store, clock, options, driver, find, log } = this.deps;
    const { instanceId } = stay.ref;
    const account = find(instanceId)?.context.me?.id;
    if (account === undefined) throw new Error('The page does not say whose account it is.');
    const now = clock.now();
    const heard = await store.inbox.begin(instanceId, account, now);
    if (options.inboundBackfillHours === 0) return true;
    const from = now - options.inboundBackfillHours * HOUR_MS;
    // WhatsApp counts whole seconds: what came in the second of the beginning came after it.
    let since = Math.floor(Math.max(heard.since, heard.heardUntil - OVERLAP_MS, from) / 1000) * 1000;
    let limit = MESSAGES_AT_ONCE;
    let again = 0;
    for (let fetched = 0; fetched < MOST_MESSAGES && !stay.isOver; ) {
      const ignore = ignoredBehind(options);
      const call = { since, limit, ignore, deadlineMs: FETCH_DEADLINE_MS };
      const { messages, more } = await driver.fetchMessages({ ...stay.ref, ...call });
      for (let at = 0; at < messages.length; at += MESSAGES_AT_ONCE)
        await this.tell(stay, messages.slice(at, at + MESSAGES_AT_ONCE));
      const last = messages.at(-1)?.timestamp;
      if (!more || last === undefined) return true;
      // A moment of which there is more than a part is asked for again, and for more of it: what was told is left out.
      const isPast = last > since;
      // A driver that gives no more of it than before would be asked for ever.
      if (messages.length <= again) break;
      fetched += messages.length - again;
      limit = isPast ? MESSAGES_AT_ONCE : Math.min(2 * limit, MOST_MESSAGES);
      again = isPast ? 0 : messages.length;
      since = last;
    }
    if (!stay.isOver)
      log.warn(
        { instanceId },
        'more came meanwhile than is fetched at once; the rest is fetched at the next ready',
      );
    return false;
  }

  /** The oldest first, so that each one says that all before it are told. */
  private async tell(
    { ref: { instanceId }, isOver }: Stay,
    messages: readonly HeardMessage[],
  ): Promise<void> {
    const instance = this.deps.find(instanceId);
    if (isOver || !instance || messages.length === 0) return;
    const hearing: Hearing = { ...this.hearing(instanceId), isCaughtUp: true };
    const facts: FactDraft[] = [];
    for (const message of messages) {
      const source = (await this.isOurs(instanceId, message)) ? 'api' : 'phone';
      facts.push(messageFact(message, { source, backfilled: true }, hearing));
    }
    instance.tell(facts);
    await instance.flush();
  }

  private async isOurs(instanceId: string, { id, fromMe }: HeardMessage): Promise<boolean> {
    const key = fromMe ? partsOfMessageId(id)?.key : undefined;
    return key !== undefined && (await this.deps.store.queue.byMessageKey(instanceId, key)) !== null;
  }
}
