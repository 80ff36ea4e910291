/**
 * What makes a session doubt its page while it works: events without an id, sends that are not found, calls that the
 * page refuses because it has changed. Each session counts its own; its listeners decide what follows.
 */

export type Doubt =
  /** An event of the library, or a message of the page, without an id by which it could be known. */
  | 'eventWithoutId'
  /** The page took a message, and does not show it. */
  | 'sentNotFound'
  /** The page refused with words that mean it has changed. */
  | 'incompatible';

export type Doubts = Readonly<Record<Doubt, number>>;

export type DoubtListener = (doubt: Doubt, counts: Doubts) => void;

export class SessionDoubts {
  readonly #counts: Record<Doubt, number> = { eventWithoutId: 0, sentNotFound: 0, incompatible: 0 };
  readonly #listeners: DoubtListener[] = [];

  /** Calls the listener at each doubt to come, with what there is by then. */
  listen(listener: DoubtListener): void {
    this.#listeners.push(listener);
  }

  get counts(): Doubts {
    return { ...this.#counts };
  }

  count(doubt: Doubt): void {
    this.#counts[doubt] += 1;
    for (const listener of this.#listeners) listener(doubt, this.counts);
  }
}

/**
 * The sentence for the log, or null where enough is said: one for the first event without an id, then one whenever
 * there are ten times as many.
 */
export function noticeOf(doubt: Doubt, counts: Doubts): string | null {
  const count = counts[doubt];
  if (doubt !== 'eventWithoutId' || !/^10*$/.test(String(count))) return null;
  return count === 1
    ? 'An event of the page has no message id and was dropped. WhatsApp Web may have changed: test the page.'
    : `${count} events of the page had no message id and were dropped since the browser was opened.`;
}
