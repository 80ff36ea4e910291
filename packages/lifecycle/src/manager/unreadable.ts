/**
 * Messages of one instance that its page cannot read: it has their keys, and shows "waiting for this message". Most become
 * readable within seconds. One that does not is reported as such, and is looked for at each `ready` of its day.
 */
import type { UnreadableMessage } from '../domain/inbound.js';

interface Waiting {
  readonly message: UnreadableMessage;
  /** When it was seen first, by our clock. */
  readonly noticedAt: number;
  isReported: boolean;
  /** Newer messages do not move `heardUntil` past this one. */
  isHolding: boolean;
}

/** An account whose keys are lost has any number of them. */
const MOST = 1_000;

export class Unreadable {
  /** Null until the page has said whose messages they are. */
  account: string | null = null;
  /** Made with the first: of most instances there is never one. */
  #waiting: Map<string, Waiting> | undefined;

  note(message: UnreadableMessage, now: number): void {
    this.#waiting ??= new Map();
    const waiting = this.#waiting;
    if (waiting.has(message.id)) return;
    waiting.set(message.id, { message, noticedAt: now, isReported: false, isHolding: true });
    const [oldest] = waiting.keys();
    if (waiting.size > MOST && oldest !== undefined) waiting.delete(oldest);
  }

  /** It has been read. */
  forget(id: string): void {
    this.#waiting?.delete(id);
  }

  /**
   * The page was asked for all that it cannot read since a moment: the others of that time, as far as they were there when it
   * was asked, are readable now, or are gone.
   */
  keepOnly(isKept: (message: UnreadableMessage) => boolean, since: number, askedAt: number): void {
    for (const [id, { message, noticedAt }] of this.#waiting ?? [])
      if (message.timestamp >= since && noticedAt < askedAt && !isKept(message)) this.#waiting?.delete(id);
  }

  /** More came than is fetched at once: what is older than this must not keep newer messages from being fetched. */
  letPass(until: number): void {
    for (const waiting of this.#waiting?.values() ?? [])
      if (waiting.message.timestamp <= until) waiting.isHolding = false;
  }

  /** The oldest that holds, of those that are still looked for; null when there is none. */
  since(lookedForFrom: number): number | null {
    let oldest: number | null = null;
    for (const [id, { message, isHolding, isReported }] of this.#waiting ?? []) {
      const { timestamp } = message;
      if (isReported && timestamp < lookedForFrom) this.#waiting?.delete(id);
      else if (isHolding && timestamp >= lookedForFrom) oldest = Math.min(oldest ?? timestamp, timestamp);
    }
    return oldest;
  }

  /** Those that were noticed by then and are not reported. */
  noticedBy(moment: number): readonly UnreadableMessage[] {
    return [...(this.#waiting?.values() ?? [])]
      .filter(({ isReported, noticedAt }) => !isReported && noticedAt <= moment)
      .map(({ message }) => message);
  }

  /** When the first of those that are not reported was noticed, or null. */
  get firstNoticedAt(): number | null {
    let first: number | null = null;
    for (const { isReported, noticedAt } of this.#waiting?.values() ?? [])
      if (!isReported) first = Math.min(first ?? noticedAt, noticedAt);
    return first;
  }

  reported(id: string): void {
    const waiting = this.#waiting?.get(id);
    if (waiting) waiting.isReported = true;
  }
}
