/**
 * Judges in whose name messages went out: by which phone was linked when each was accepted, and which one WhatsApp has
 * it from.
 */
import type { Entry, Run } from '../history.js';
import type { Violations } from './sentences.js';

/** What an instance knows of its account: in its process, and what the next one finds. */
interface Known {
  live: string | null;
  kept: string | null;
}

interface Accepted {
  readonly item: string;
  readonly id: string;
  /** Null where no account was known: then it may go with any. */
  readonly account: string | null;
  isReleased: boolean;
}

export class AccountJudge {
  readonly #run: Run;
  readonly #violations: Violations;
  readonly #known = new Map<string, Known>();
  readonly #accepted = new Map<string, Accepted>();

  constructor(run: Run, violations: Violations) {
    this.#run = run;
    this.#violations = violations;
  }

  judge(): void {
    for (const entry of this.#run.history) this.#see(entry);
    for (const { id, text, from, at } of this.#run.ending.deliveries) {
      const accepted = this.#accepted.get(text);
      if (!accepted || accepted.account === null || accepted.isReleased || accepted.account === from)
        continue;
      this.#violations.add(
        'account',
        at,
        `${text} of ${id}, accepted for ${accepted.account}, came from ${from}.`,
      );
    }
  }

  #see(entry: Entry): void {
    switch (entry.kind) {
      case 'heard':
        if (entry.account !== undefined) this.#of(entry.id).live = entry.account;
        return;
      case 'committed':
        if (entry.call === 'save' && entry.id !== null) this.#of(entry.id).kept = this.#of(entry.id).live;
        return;
      case 'opened store':
        for (const known of this.#known.values()) known.live = known.kept;
        return;
      case 'enqueued': {
        const { text, item, id } = entry;
        this.#accepted.set(text, { item, id, account: this.#of(id).live, isReleased: false });
        return;
      }
      case 'answered':
        if (entry.verb === 'remove') this.#known.delete(entry.id);
        return;
      case 'asked':
        if (entry.verb === 'remove') this.#known.delete(entry.id);
        if (entry.verb === 'release') this.#release(entry.id, entry.item);
        return;
      default:
    }
  }

  /** One item, or all that the instance has. */
  #release(id: string, item: string | undefined): void {
    for (const accepted of this.#accepted.values())
      if (accepted.id === id && (item === undefined || accepted.item === item)) accepted.isReleased = true;
  }

  #of(id: string): Known {
    const known = this.#known.get(id) ?? { live: null, kept: null };
    this.#known.set(id, known);
    return known;
  }
}
