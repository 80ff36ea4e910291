/**
 * FactStream: the one way out. Subscribers hear a fact after it is durable. Commits end in the order of the numbers, but
 * whoever tells of them may be resumed in another: who needs the order looks at the numbers.
 */
import { messageOf } from '../domain/errors.js';
import type { Fact, FactType } from '../domain/fact.js';
import type { Log } from './log.js';

export type FactListener = (fact: Fact) => void;
export interface FactFilter {
  readonly instanceId?: string;
  readonly types?: readonly FactType[];
}

export class FactStream {
  private readonly subscribers = new Set<{ readonly listener: FactListener; readonly filter: FactFilter }>();
  private readonly log: Log;

  constructor(log: Log) {
    this.log = log;
  }

  subscribe(listener: FactListener, filter: FactFilter = {}): () => void {
    const subscriber = { listener, filter };
    this.subscribers.add(subscriber);
    return () => this.subscribers.delete(subscriber);
  }

  readonly publish = (facts: readonly Fact[]): void => {
    for (const fact of facts)
      for (const { listener, filter } of this.subscribers) {
        if (filter.instanceId !== undefined && filter.instanceId !== fact.instanceId) continue;
        if (filter.types && !filter.types.includes(fact.type)) continue;
        try {
          listener(fact);
        } catch (error) {
          this.log.error(
            { instanceId: fact.instanceId, fact: fact.type, error: messageOf(error) },
            'a subscriber of facts threw',
          );
        }
      }
  };
}
