/**
 * Store: everything durable. Every writing call is one transaction that also takes the facts it causes: record, fact
 * number and queue row are committed together, and the call resolves after the commit, with the facts numbered.
 *
 * Rules that every adapter keeps, and that the contract suite (store.contract.ts) checks:
 * - A call that resolved is durable; one that rejected has changed nothing.
 * - It rejects with LifecycleError `STORE_UNAVAILABLE` for a fault of the disk, whatever it is, and with `INVALID_INPUT`
 *   when what is to be stored is not JSON.
 * - Of the facts that a write takes, those are left out whose `once` key the instance has told before; the others are
 *   numbered without a gap. What was heard until then moves on with both.
 * - An epoch grows with every `open`; writes of an earlier epoch are refused (`STORE_LOCKED`).
 */
import type { LifecycleError } from '../domain/errors.js';
import type { Fact, FactDraft, FactType } from '../domain/fact.js';
import type { InstanceRecord } from '../domain/instance-record.js';
import type { Ack, ItemContent, ItemStatus, ListedItem, Metadata, QueueItem } from '../domain/message.js';
import type { WebhookStore } from './webhook-store.js';

export interface Store {
  /** Opens it, and fences off whoever had it open before. @throws LifecycleError STORE_LOCKED, STORE_SCHEMA, STORE_UNAVAILABLE */
  open(): Promise<StoreOpening>;
  /** Waits for what was asked, then closes. Idempotent. */
  close(): Promise<void>;
  /** Resolves when the store can write now. @throws LifecycleError STORE_UNAVAILABLE */
  check(): Promise<void>;
  readonly instances: InstanceStore;
  readonly queue: QueueStore;
  readonly facts: FactStore;
  readonly webhooks: WebhookStore;
  readonly inbox: InboxStore;
}

export interface StoreOpening {
  readonly epoch: number;
  /**
   * Resolves when nothing can be written under this opening any more, whatever is tried again: another owner has the
   * data (`STORE_LOCKED`), or the way to them is gone (`STORE_UNAVAILABLE`). Never by a close; never rejects.
   */
  readonly lost: Promise<LifecycleError>;
}

export interface InstanceStore {
  load(): Promise<readonly InstanceRecord[]>;
  /** Inserts or replaces the record. */
  save(record: InstanceRecord, facts: readonly FactDraft[]): Promise<readonly Fact[]>;
  /** Inserts; with an existing id: LifecycleError `INSTANCE_EXISTS`. */
  insert(record: InstanceRecord, facts: readonly FactDraft[]): Promise<readonly Fact[]>;
  /**
   * Removes the record, its queue, its inbox and its history, which is its `instance.state` facts up to now; other facts stay in the
   * stream. The deliveries of what is removed are written first.
   */
  remove(instanceId: string, facts: readonly FactDraft[]): Promise<readonly Fact[]>;
}

export interface EnqueueRequest {
  readonly id: string;
  readonly instanceId: string;
  readonly content: ItemContent;
  /** Whose item it is; null while no account is known. */
  readonly account: string | null;
  readonly metadata: Metadata | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  /** At most so many items in the instance's line (queued and sending, without what is held). */
  readonly maxQueueSize: number;
  readonly idempotency: {
    readonly key: string;
    /** Of the body: another body under the same key is refused. */
    readonly fingerprint: string;
    /** The key is forgotten then, but not before its item has settled (has a `settledAt`). */
    readonly expiresAt: number;
  } | null;
}
export type EnqueueResult =
  | {
      readonly outcome: 'queued';
      readonly item: QueueItem;
      readonly depth: number;
      readonly facts: readonly Fact[];
    }
  /** The idempotency key is known: the item that it made. Nothing was written. */
  | { readonly outcome: 'repeated'; readonly item: QueueItem; readonly depth: number }
  | { readonly outcome: 'mismatch' }
  | { readonly outcome: 'full'; readonly depth: number };

/**
 * What may change of an item; `status` is checked against `from`. An item that is not `queued` any more is neither held
 * nor waits for anything.
 */
export interface ItemChange {
  readonly instanceId: string;
  readonly id: string;
  /** The change is made only when the item has one of these statuses. */
  readonly from: readonly ItemStatus[];
  /** And only when it is held, or is not. */
  readonly ifHeld?: boolean;
  readonly status: ItemStatus;
  readonly account?: string;
  readonly held?: boolean;
  readonly waitsFor?: string | null;
  /** Added to attemptCount. */
  readonly attempts?: number;
  readonly messageKey?: string;
  readonly messageId?: string | null;
  readonly ack?: Ack | null;
  readonly error?: string | null;
  readonly errorCode?: string | null;
  readonly attemptedAt?: number;
  readonly settledAt?: number | null;
}

export interface QueueQuery {
  readonly instanceId: string;
  readonly statuses?: readonly ItemStatus[];
  /** Only what is held, or only what is not. */
  readonly held?: boolean;
  readonly limit: number;
  /** Only items with a greater `seq`. */
  readonly afterSeq?: number;
}

/** A change, and the facts that are written with it where it is made. */
export interface ToldChange {
  readonly change: ItemChange;
  readonly facts: readonly FactDraft[];
}

export interface QueueStore {
  /** The facts are written only when the item is (`queued`). */
  enqueue(request: EnqueueRequest, facts: readonly FactDraft[]): Promise<EnqueueResult>;
  /**
   * The item in flight (`sending`) if there is one, else the first `queued` that is not held and waits for none of what
   * the page is `without`; expired ones too.
   */
  head(instanceId: string, without?: readonly string[]): Promise<QueueItem | null>;
  /** Null when the item is not there or is not in `from`; nothing is written then. */
  change(
    change: ItemChange,
    facts: readonly FactDraft[],
  ): Promise<{ readonly item: QueueItem; readonly facts: readonly Fact[] } | null>;
  /** Many changes of one instance in one transaction; those that do not apply are left out with their facts. */
  changeAll(
    instanceId: string,
    changes: readonly ToldChange[],
  ): Promise<{ readonly items: readonly ListedItem[]; readonly facts: readonly Fact[] }>;
  get(instanceId: string, id: string): Promise<QueueItem | null>;
  /** By the key of its attempts. */
  byMessageKey(instanceId: string, messageKey: string): Promise<QueueItem | null>;
  /** In the order of `seq`, without the bytes of their media: neither read nor held in memory. */
  list(query: QueueQuery): Promise<readonly ListedItem[]>;
  /** How many items are in line (queued and sending, without what is held), of every instance that has any. */
  depths(): Promise<ReadonlyMap<string, number>>;
  /** How many items are held, of every instance that has any. */
  heldCounts(): Promise<ReadonlyMap<string, number>>;
  /**
   * Forgets idempotency keys that have expired, and removes items settled (`settledAt`) before that time whose key, if
   * they had one, is forgotten. Returns how many items.
   */
  prune(settledBefore: number, now: number): Promise<number>;
}

export interface FactQuery {
  readonly instanceId?: string;
  readonly types?: readonly FactType[];
  /** Only facts with a greater number (or a smaller one, with newestFirst). */
  readonly after?: number;
  readonly limit: number;
  readonly newestFirst?: boolean;
}

export interface FactStore {
  append(facts: readonly FactDraft[]): Promise<readonly Fact[]>;
  list(query: FactQuery): Promise<readonly Fact[]>;
  lastNumber(): Promise<number>;
  /**
   * Keeps the newest `keep` facts and, of state changes, the newest `keepHistory` of each instance. No fact is forgotten
   * before its deliveries are written.
   */
  prune(keep: number, keepHistory: number): Promise<number>;
}

/** Keys older than `heardUntil` by so much are of no use any more: a fetch begins later. */
export const KEYS_BEFORE_HEARD_MS = 24 * 3_600_000;

/** What is known of the messages of an account, epoch milliseconds. */
export interface Heard {
  /** Since when the instance has this account, by our clock. */
  readonly since: number;
  /** Up to then every message was told, by WhatsApp's clock; `since` at first. */
  readonly heardUntil: number;
}

/** What the instances have heard: keys of what they have told (see `FactDraft.once`), and until when. */
export interface InboxStore {
  /**
   * An account that the instance does not have yet begins `now`.
   * @param alias another name of the account: what was begun under it goes on
   */
  begin(instanceId: string, account: string, now: number, alias?: string | null): Promise<Heard>;
  /** Every message up to then is a fact, also where there were none. Never moves back. */
  advance(instanceId: string, heardUntil: number): Promise<void>;
  /**
   * Forgets the keys that were kept before that time, less those of the last day before `heardUntil`: a fetch from there on,
   * however long ago that is, repeats nothing. Returns how many.
   */
  prune(toldBefore: number): Promise<number>;
}
