/**
 * Inbox: what the driver hears of messages becomes facts, and what came while nobody listened is fetched once the
 * instance is ready. Then the page is looked through every few minutes, for what it stored without saying so. The store
 * leaves out what was told before, so that hearing and fetching may overlap.
 */
import { messageOf } from '../domain/errors.js';
import type { FactDraft } from '../domain/fact.js';
import {
  type HeardMessage,
  type IgnorableChat,
  isIgnored,
  partsOfMessageId,
  type UnreadableMessage,
} from '../domain/inbound.js';
import { spread } from '../policy/backoff.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { Clock } from '../ports/clock.js';
import type { Driver, GenerationRef, MessageEvent } from '../ports/driver.js';
import type { Store } from '../ports/store.js';
import {
  CLOCKS_DIFFER_MS,
  type Hearing,
  heardFact,
  messageFact,
  toldUntil,
  unreadableFact,
} from './heard-fact.js';
import type { Log } from './log.js';
import type { ManagedInstance } from './managed-instance.js';
import { PollVotes } from './poll-votes.js';
import { SharedTimer } from './shared-timer.js';
import { Unreadable } from './unreadable.js';

export interface InboxDeps {
  readonly driver: Driver;
  readonly store: Store;
  readonly clock: Clock;
  readonly options: LifecycleOptions;
  readonly log: Log;
  readonly find: (instanceId: string) => ManagedInstance | undefined;
}

export interface Opening {
  /** Fetches from the moment when all was well last, however long ago: the instance was there and missed messages. */
  readonly sinceLastWell?: boolean;
}

/** One stay in `ready`, from its beginning to its end. Times in epoch milliseconds. */
interface Stay {
  readonly ref: GenerationRef;
  readonly sinceLastWell: boolean;
  isOver: boolean;
  isCaughtUp: boolean;
  /** Of the next catching up, or of the next look. */
  timer: unknown;
  /** No message from before is wanted. */
  begin: number;
  /** Up to then the page was looked through, by our clock. */
  lookedUntil: number;
  nextLookAt: number | null;
  /** Until when all was reported, as the store has it. */
  writtenUntil: number;
}

const HOUR_MS = 3_600_000;
/** WhatsApp's servers may hand over a message a little after a later one. What was told is left out anyway. */
const OVERLAP_MS = 10 * 60_000;
/** Below what a journal keeps while the store is away. */
const MESSAGES_AT_ONCE = 200;
/** Of one fetch; the next one goes on. */
const MOST_MESSAGES = 10_000;
const FETCH_DEADLINE_MS = 30_000;
/** A page that has just become ready may be busy. The last of them again and again, as long as it is ready. */
const TRY_AGAIN_MS = [5_000, 30_000, 120_000, 600_000];
/** Reading earlier messages of the status has cost links that were a few minutes old: never unless it is asked for. */
const ignoredBehind = ({ ignoreChats, backfillStatus }: LifecycleOptions): readonly IgnorableChat[] =>
  backfillStatus || ignoreChats.includes('status') ? ignoreChats : [...ignoreChats, 'status'];
/** Keys outlive every look back by a day: clocks differ, and a message may have been told late. */
const KEYS_SLACK_HOURS = 24;
const LOOK_SPREAD = 0.2;
/** The event of a message so young may still be on its way: a look leaves it to that, and the next look to none. */
const ON_ITS_WAY_MS = 10_000;
/** Between two looks, also when something is due. */
const LEAST_BETWEEN_LOOKS_MS = 10_000;

/** The looks of one second are made together: the timer wakes for thousands of instances as for a few. */
const inOneSecond = (at: number, now: number): number =>
  at - now < ROUNDED_FROM_MS ? at : Math.ceil(at / 1_000) * 1_000;
const ROUNDED_FROM_MS = 60_000;

export class Inbox {
  private readonly deps: InboxDeps;
  private readonly stays = new Map<string, Stay>();
  private readonly votes: PollVotes;
  private readonly looks: SharedTimer<Stay>;
  /** Of each instance, over all its stays. */
  private readonly unreadable = new Map<string, Unreadable>();

  constructor(deps: InboxDeps) {
    this.deps = deps;
    this.votes = new PollVotes(deps);
    this.looks = new SharedTimer(deps.clock, (stay) => void this.look(stay));
  }

  heard(instanceId: string, event: MessageEvent): void {
    if (event.type === 'unreadable') {
      this.heardUnreadable(instanceId, event.message);
      return;
    }
    if (event.type === 'inbound' || event.type === 'created')
      this.unreadable.get(instanceId)?.forget(event.message.id);
    const hearing = this.hearing(instanceId);
    const tell = (known: Exclude<MessageEvent, { type: 'unreadable' }>): void => {
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
  opened(instanceId: string, generation: number, { sinceLastWell = false }: Opening = {}): void {
    this.closed(instanceId);
    const now = this.deps.clock.now();
    const stay: Stay = {
      ref: { instanceId, generation },
      sinceLastWell,
      isOver: false,
      isCaughtUp: false,
      timer: null,
      begin: now,
      lookedUntil: now,
      nextLookAt: null,
      writtenUntil: 0,
    };
    this.stays.set(instanceId, stay);
    // The chart is in the middle of its step: the instance knows of it a moment later.
    void Promise.resolve().then(() => this.catchUp(stay, 0));
  }

  /** It is not ready any more. Idempotent. */
  closed(instanceId: string): void {
    const stay = this.stays.get(instanceId);
    if (!stay) return;
    stay.isOver = true;
    this.deps.clock.clearTimeout(stay.timer);
    this.looks.clear(stay);
    this.stays.delete(instanceId);
  }

  /** The instance is no more. */
  forget(instanceId: string): void {
    this.closed(instanceId);
    this.unreadable.delete(instanceId);
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
    const at = clock.now();
    const isCaughtUp = this.stays.get(instanceId)?.isCaughtUp === true;
    const from = at - options.inboundBackfillHours * HOUR_MS;
    const unreadableSince = this.unreadable.get(instanceId)?.since(from) ?? null;
    return { instanceId, at, ignored: options.ignoreChats, isCaughtUp, unreadableSince };
  }

  private heardUnreadable(instanceId: string, message: UnreadableMessage): void {
    const { clock, options } = this.deps;
    if (isIgnored(message.chatId, options.ignoreChats)) return;
    this.unreadableOf(instanceId).note(message, clock.now());
    const stay = this.stays.get(instanceId);
    if (stay?.isCaughtUp) this.planLook(stay);
  }

  private unreadableOf(instanceId: string): Unreadable {
    const known = this.unreadable.get(instanceId) ?? new Unreadable();
    this.unreadable.set(instanceId, known);
    return known;
  }

  /** Never rejects. */
  private async catchUp(stay: Stay, tries: number): Promise<void> {
    const { clock, log, options } = this.deps;
    const { instanceId } = stay.ref;
    try {
      const isAll = await this.fetchMissed(stay);
      if (stay.isOver) return;
      stay.isCaughtUp = isAll;
      if (isAll) this.deps.find(instanceId)?.caughtUp();
      if (isAll) this.looked(stay);
      else if (options.lookBackMs > 0)
        stay.timer = clock.setTimeout(() => void this.catchUp(stay, 0), options.lookBackMs);
    } catch (error) {
      if (stay.isOver) return;
      const retryInMs = TRY_AGAIN_MS[Math.min(tries, TRY_AGAIN_MS.length - 1)] ?? 0;
      log.warn(
        { instanceId, error: messageOf(error), retryInMs },
        'messages that came meanwhile could not be fetched',
      );
      stay.timer = clock.setTimeout(() => void this.catchUp(stay, tries + 1), retryInMs);
    }
  }

  /** False when there is more than is fetched at once. */
  private async fetchMissed(stay: Stay): Promise<boolean> {
    const { store, clock, options, find } = this.deps;
    const { instanceId } = stay.ref;
    const me = find(instanceId)?.context.me;
    if (!me) throw new Error('The page does not say whose account it is.');
    const now = clock.now();
    const heard = await store.inbox.begin(instanceId, me.id, now, me.lid ?? null);
    const before = this.unreadableOf(instanceId).account;
    if (before !== null && before !== me.id && before !== me.lid) this.unreadable.delete(instanceId);
    this.unreadableOf(instanceId).account = me.id;
    stay.writtenUntil = heard.heardUntil;
    if (options.inboundBackfillHours === 0 && !stay.sinceLastWell) return true;
    const from = stay.sinceLastWell ? heard.since : now - options.inboundBackfillHours * HOUR_MS;
    stay.begin = Math.max(heard.since, from);
    return this.fetchSince(stay, Math.max(stay.begin, heard.heardUntil - OVERLAP_MS));
  }

  /** Looks through what the page has of the last minutes, and reports what has been unreadable for too long. Never rejects. */
  private async look(stay: Stay): Promise<void> {
    const { clock, options, log } = this.deps;
    const { instanceId } = stay.ref;
    const began = clock.now();
    const due = this.unreadableOf(instanceId).noticedBy(began - options.unreadableAfterMs);
    const since = Math.min(stay.lookedUntil - OVERLAP_MS, ...due.map(({ timestamp }) => timestamp));
    try {
      await this.fetchSince(stay, Math.max(stay.begin, since), began);
      if (!stay.isOver) this.reportUnreadable(instanceId, due);
    } catch (error) {
      if (stay.isOver) return;
      log.warn(
        { instanceId, error: messageOf(error) },
        'the page could not be looked through for messages without an event; the next look does it',
      );
    }
    if (!stay.isOver) this.looked(stay);
  }

  private looked(stay: Stay): void {
    const { clock, options } = this.deps;
    stay.nextLookAt =
      options.lookBackMs === 0 ? null : clock.now() + spread(options.lookBackMs, LOOK_SPREAD, clock.random());
    this.planLook(stay);
  }

  /** The next look: in its time, or when a message has been unreadable for too long. */
  private planLook(stay: Stay): void {
    const { clock, options } = this.deps;
    const noticedAt = this.unreadable.get(stay.ref.instanceId)?.firstNoticedAt ?? null;
    const dueAt = noticedAt === null ? null : noticedAt + options.unreadableAfterMs;
    const at = Math.min(stay.nextLookAt ?? Number.POSITIVE_INFINITY, dueAt ?? Number.POSITIVE_INFINITY);
    this.looks.clear(stay);
    if (at === Number.POSITIVE_INFINITY) return;
    const soonest = Math.min(LEAST_BETWEEN_LOOKS_MS, options.lookBackMs || LEAST_BETWEEN_LOOKS_MS);
    this.looks.set(stay, inOneSecond(Math.max(at, clock.now() + soonest), clock.now()));
  }

  /** Those that the page still cannot read; the others are facts by now. */
  private reportUnreadable(instanceId: string, due: readonly UnreadableMessage[]): void {
    const unreadable = this.unreadableOf(instanceId);
    const now = this.deps.clock.now();
    const still = new Set(unreadable.noticedBy(now).map(({ id }) => id));
    for (const message of due) {
      if (!still.has(message.id)) continue;
      unreadable.reported(message.id);
      this.deps.find(instanceId)?.tell([unreadableFact(message, instanceId, now)]);
    }
  }

  /**
   * Tells what the page has since a moment. False when there is more than is fetched at once.
   * @param lookedAt of a look: the event of a younger message may still come
   */
  private async fetchSince(stay: Stay, from: number, lookedAt?: number): Promise<boolean> {
    const { clock, options, driver, log } = this.deps;
    const { instanceId } = stay.ref;
    const began = clock.now();
    const unreadable = this.unreadableOf(instanceId);
    const reported = new Set<string>();
    let isPartial = false;
    // WhatsApp counts whole seconds: what came in the second of the beginning came after it.
    const first = Math.floor(from / 1000) * 1000;
    let since = first;
    let limit = MESSAGES_AT_ONCE;
    let again = 0;
    for (let fetched = 0; fetched < MOST_MESSAGES && !stay.isOver; ) {
      const ignore = ignoredBehind(options);
      const call = { since, limit, ignore, deadlineMs: FETCH_DEADLINE_MS };
      const answer = await driver.fetchMessages({ ...stay.ref, ...call });
      const { messages, more } = answer;
      isPartial ||= answer.isPartial === true;
      for (const message of answer.unreadable) {
        unreadable.note(message, clock.now());
        reported.add(message.id);
      }
      for (let at = 0; at < messages.length; at += MESSAGES_AT_ONCE)
        await this.tell(stay, messages.slice(at, at + MESSAGES_AT_ONCE), lookedAt);
      const last = messages.at(-1)?.timestamp;
      if (!more || last === undefined) {
        if (!stay.isOver)
          await this.fetchedAll(stay, { began, first, reported: isPartial ? null : reported });
        return true;
      }
      // A moment of which there is more than a part is asked for again, and for more of it: what was told is left out.
      const isPast = last > since;
      // A driver that gives no more of it than before would be asked for ever.
      if (messages.length <= again) break;
      fetched += messages.length - again;
      limit = isPast ? MESSAGES_AT_ONCE : Math.min(2 * limit, MOST_MESSAGES);
      again = isPast ? 0 : messages.length;
      since = last;
    }
    if (stay.isOver) return false;
    // What cannot be read must not be waited for here: the next fetch would end at the same place.
    unreadable.letPass(since);
    stay.lookedUntil = Math.min(began, since + OVERLAP_MS);
    await this.write(stay, Math.min(since, began));
    log.warn(
      { instanceId },
      'more came meanwhile than is fetched at once; the rest is fetched by the next look, or at the next ready',
    );
    return false;
  }

  private async fetchedAll(
    stay: Stay,
    {
      began,
      first,
      reported,
    }: { readonly began: number; readonly first: number; readonly reported: ReadonlySet<string> | null },
  ): Promise<void> {
    const { instanceId } = stay.ref;
    // What was not asked for, and what the page did not get to, may be unreadable still.
    const ignored = ignoredBehind(this.deps.options);
    if (reported)
      this.unreadableOf(instanceId).keepOnly(
        ({ id, chatId }) => reported.has(id) || isIgnored(chatId, ignored),
        first,
        began,
      );
    stay.lookedUntil = began;
    // Also where nothing came: "the last time that all was well" must not be the time of the last message.
    const until = toldUntil(began - CLOCKS_DIFFER_MS, this.hearing(instanceId));
    if (until - stay.writtenUntil >= HOUR_MS) await this.write(stay, until);
  }

  private async write(stay: Stay, until: number): Promise<void> {
    await this.deps.store.inbox.advance(stay.ref.instanceId, until);
    stay.writtenUntil = Math.max(stay.writtenUntil, until);
  }

  /** The oldest first, so that each one says that all before it are told. */
  private async tell(
    { ref: { instanceId }, isOver }: Stay,
    messages: readonly HeardMessage[],
    lookedAt?: number,
  ): Promise<void> {
    const instance = this.deps.find(instanceId);
    if (isOver || !instance || messages.length === 0) return;
    const unreadable = this.unreadableOf(instanceId);
    const facts: FactDraft[] = [];
    for (const message of messages) {
      if (lookedAt !== undefined && isOnItsWay(message, lookedAt)) continue;
      unreadable.forget(message.id);
      const source = (await this.isOurs(instanceId, message)) ? 'api' : 'phone';
      const hearing: Hearing = { ...this.hearing(instanceId), isCaughtUp: true };
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

/** By WhatsApp's clock: one that is far ahead of ours hides nothing. */
const isOnItsWay = ({ timestamp }: HeardMessage, now: number): boolean =>
  timestamp > now - ON_ITS_WAY_MS && timestamp < now + ON_ITS_WAY_MS;
