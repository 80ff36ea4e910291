/**
 * Journal: writes what happens to one instance, in order, and publishes it after the commit. While the store is away
 * the newest record and the facts wait here; what was waiting is written in one transaction once it is back.
 */
import { isLifecycleError, LifecycleError, messageOf } from '../domain/errors.js';
import type { Fact, FactDraft } from '../domain/fact.js';
import type { InstanceRecord } from '../domain/instance-record.js';
import { backoffCeiling } from '../policy/backoff.js';
import type { Clock } from '../ports/clock.js';
import type { Store } from '../ports/store.js';
import type { Log } from './log.js';

export interface JournalDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly publish: (facts: readonly Fact[]) => void;
}

/**
 * So many facts of one instance wait for a store that is away; beyond it the oldest are given up, and that is logged: at the
 * first, and how many they were once the store is back.
 */
const MAX_WAITING_FACTS = 1_000;

export class Journal {
  private record: InstanceRecord | null = null;
  private facts: FactDraft[] = [];
  private writing: Promise<void> | null = null;
  private retry: unknown = null;
  private failures = 0;
  private givenUp = 0;
  private closed = false;
  /** The store is lost to this process: nothing of ours is written any more, and whoever asks is told. */
  private fenced: LifecycleError | null = null;
  private readonly instanceId: string;
  private readonly deps: JournalDeps;

  constructor(instanceId: string, deps: JournalDeps) {
    this.instanceId = instanceId;
    this.deps = deps;
  }

  write(record: InstanceRecord | null, facts: readonly FactDraft[]): void {
    if (this.closed) return;
    if (record) this.record = record;
    this.facts.push(...facts);
    // A burst that comes while all is well is written whole.
    if (this.failures > 0) this.giveUpOldest();
    if (!this.writing && this.retry === null) this.begin();
  }

  /**
   * Resolves when everything written so far is durable.
   * @throws LifecycleError STORE_UNAVAILABLE at the first failure, and from the loss of the store on what it was lost by
   */
  async flush(): Promise<void> {
    while (this.writing) await this.writing;
    if (this.fenced) throw this.fenced;
    if (this.retry !== null)
      throw new LifecycleError('STORE_UNAVAILABLE', {
        message:
          'The store cannot write now. The change is kept in memory and is written as soon as it can; see the log for the cause.',
      });
  }

  /** Nothing more is written: another owner has the data, or the store can never write again. */
  fence(error: LifecycleError): void {
    this.fenced ??= error;
    this.close();
  }

  close(): void {
    this.closed = true;
    if (this.retry !== null) this.deps.clock.clearTimeout(this.retry);
    this.retry = null;
  }

  private giveUpOldest(): void {
    const excess = this.facts.length - MAX_WAITING_FACTS;
    if (excess <= 0) return;
    this.facts.splice(0, excess);
    if (this.givenUp === 0) this.tellGivenUp(excess);
    this.givenUp += excess;
  }

  private tellGivenUp(count: number): void {
    this.deps.log.error(
      { instanceId: this.instanceId, count },
      'facts given up: the store has been away for too long',
    );
  }

  private begin(): void {
    this.writing = this.commit().finally(() => {
      this.writing = null;
      if (!this.closed && this.retry === null && (this.record || this.facts.length)) this.begin();
    });
  }

  private async commit(): Promise<void> {
    const { store, publish, clock, log } = this.deps;
    const { record, facts } = this;
    this.record = null;
    this.facts = [];
    try {
      publish(record ? await store.instances.save(record, facts) : await store.facts.append(facts));
      this.failures = 0;
      if (this.givenUp > 0) this.tellGivenUp(this.givenUp);
      this.givenUp = 0;
    } catch (error) {
      if (isLifecycleError(error, 'STORE_LOCKED')) this.fence(error);
      if (this.fenced) return;
      this.record ??= record;
      this.facts = [...facts, ...this.facts];
      this.giveUpOldest();
      const ms = backoffCeiling(this.failures, 250, 10_000);
      this.failures = Math.min(this.failures + 1, 10);
      log.error(
        { instanceId: this.instanceId, error: messageOf(error), retryInMs: ms },
        'the journal could not be written',
      );
      this.retry = clock.setTimeout(() => {
        this.retry = null;
        if (!this.closed) this.begin();
      }, ms);
    }
  }
}
