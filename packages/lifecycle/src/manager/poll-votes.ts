/**
 * Votes whose options the page cannot name: after a restart it may have forgotten the poll. They are named from our own
 * queue where the poll was sent from there, and votes of an instance stay in their order meanwhile.
 */
import { messageOf } from '../domain/errors.js';
import { type HeardVote, partsOfMessageId } from '../domain/inbound.js';
import type { Store } from '../ports/store.js';
import type { Log } from './log.js';

interface PollVotesDeps {
  readonly store: Store;
  readonly log: Log;
}

export class PollVotes {
  readonly #deps: PollVotesDeps;
  /** Of each instance: resolves when its last vote is told. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(deps: PollVotesDeps) {
    this.#deps = deps;
  }

  /** Tells the vote once: at once, or when the poll and the votes before have been found. */
  heard(instanceId: string, vote: HeardVote, tell: (vote: HeardVote) => void): void {
    const before = this.#turns.get(instanceId);
    if (vote.selectedOptions !== null && before === undefined) {
      tell(vote);
      return;
    }
    const turn = Promise.all([this.#named(instanceId, vote), before]).then(([named]) => {
      if (this.#turns.get(instanceId) === turn) this.#turns.delete(instanceId);
      tell(named);
    });
    this.#turns.set(instanceId, turn);
  }

  /** Resolves when all that was heard is told. */
  async settled(): Promise<void> {
    await Promise.all(this.#turns.values());
  }

  /** Never rejects. */
  async #named(instanceId: string, vote: HeardVote): Promise<HeardVote> {
    if (vote.selectedOptions !== null) return vote;
    const { store, log } = this.#deps;
    try {
      const key = partsOfMessageId(vote.messageId)?.key;
      const poll = key === undefined ? null : await store.queue.byMessageKey(instanceId, key);
      return poll?.type === 'poll' ? { ...vote, selectedOptions: namesOf(vote, poll.payload.options) } : vote;
    } catch (error) {
      const fields = { instanceId, messageId: vote.messageId, error: messageOf(error) };
      log.warn(fields, 'the poll of a vote could not be looked up; the vote is told without names');
      return vote;
    }
  }
}

/** WhatsApp takes the spaces around an option away. */
function namesOf({ optionIds }: HeardVote, options: readonly string[]): readonly string[] | null {
  const names = optionIds.flatMap((id) => options[id]?.trim() ?? []);
  return names.length === optionIds.length ? names : null;
}
