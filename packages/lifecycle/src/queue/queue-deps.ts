/** What the queues of a process share: one object for all of them, so that an idle queue costs next to nothing. */
import type { Fact } from '../domain/fact.js';
import type { AccountIdentity } from '../domain/instance-state.js';
import type { Metadata } from '../domain/message.js';
import type { PageCapability } from '../domain/page-report.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { Clock } from '../ports/clock.js';
import type { Driver } from '../ports/driver.js';
import type { QueueStore } from '../ports/store.js';
import type { HeardAck } from './heard-ack.js';

export interface QueueDeps {
  readonly store: QueueStore;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly options: LifecycleOptions;
  /** Ids of items: unique in the store. */
  readonly newId: () => string;
  /** Keys of messages: see message-key.ts. */
  readonly newMessageKey: () => string;
  /** Called after each commit, in the order of commits. */
  readonly publish: (facts: readonly Fact[]) => void;
  /** The store (or something nobody expected) failed; the queue tries again by itself. */
  readonly storeFailed: (error: unknown) => void;
  /** A call into the page of this generation has not ended long after its deadline: only closing it lets the queue go on. */
  readonly pageStuck?: (instanceId: string, generation: number) => void;
  /** What the instance's page cannot do now; items that need it are passed. Everything works where nothing is said. */
  readonly off?: (instanceId: string) => readonly PageCapability[];
  /** The page has refused an item since it has changed: the capability is off until the page was tested. */
  readonly pageRefused?: (instanceId: string, capability: PageCapability) => void;
  /** What was accepted for another account than this one is held, and the queue goes on with this one. */
  readonly accountSettled?: (instanceId: string, account: AccountIdentity) => void;
  /** Items are held that were not, or the other way round. */
  readonly heldChanged?: (instanceId: string) => void;
  /** An acknowledgement of a message that no item of the instance stands for: sent on the phone, or pruned. */
  readonly foreignAck?: (instanceId: string, ack: HeardAck) => void;
}

export interface AcceptOptions {
  /** Whose item it is; null while no account is known. */
  readonly account?: string | null | undefined;
  readonly metadata: Metadata | null;
  /** `messageTtlMs` by default. */
  readonly ttlMs?: number | undefined;
  readonly idempotencyKey?: string | undefined;
  /** The content as the caller gave it, by which a repeat is known; what is sent, by default. */
  readonly asked?: unknown;
  /** How long to wait for the outcome while ready with nothing ahead; 0 for none. */
  readonly waitMs: number;
}
