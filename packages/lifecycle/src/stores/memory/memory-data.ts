/**
 * What a memory store keeps, apart from the store that is open on it: a test keeps the data, throws the store away as
 * a killed process would, and opens another one on the same data. Values in here are frozen copies.
 */
import { LifecycleError } from '../../domain/errors.js';
import type { Fact, FactDraft, Once } from '../../domain/fact.js';
import type { InstanceRecord } from '../../domain/instance-record.js';
import type { QueueItem } from '../../domain/message.js';
import type { Webhook, WebhookDelivery, WebhookStanding } from '../../domain/webhook.js';

export interface MemoryKey {
  readonly fingerprint: string;
  readonly expiresAt: number;
  readonly itemId: string;
}

/** The queue of one instance. */
export interface MemoryQueue {
  lastSeq: number;
  /** In the order of `seq`: an item never leaves its place in the map. */
  readonly items: Map<string, QueueItem>;
  /** Queued and sending, so that neither depth nor head looks at what has settled. */
  readonly open: Map<string, QueueItem>;
  /** How many of the open ones are held. */
  heldCount: number;
  /** Item ids by the key of their attempts. */
  readonly messageKeys: Map<string, string>;
  readonly idempotency: Map<string, MemoryKey>;
}

/** What one instance has heard of the account that it has now. */
export interface MemoryInbox {
  readonly account: string;
  readonly since: number;
  heardUntil: number;
}

/** A webhook and its outbox. */
export interface MemoryWebhook {
  webhook: Webhook;
  standing: WebhookStanding;
  /** The number of the last fact that it was asked about. */
  cursor: number;
  /** By the number of the fact. */
  readonly deliveries: Map<number, WebhookDelivery>;
  readonly pending: Set<number>;
}

export class MemoryData {
  epoch = 0;
  lastFact = 0;
  readonly instances = new Map<string, InstanceRecord>();
  readonly queues = new Map<string, MemoryQueue>();
  /** Ids of all items: unique in the store, not only in their queue. */
  readonly itemIds = new Set<string>();
  /** In the order of their numbers. */
  facts: Fact[] = [];
  readonly webhooks = new Map<string, MemoryWebhook>();
  readonly inboxes = new Map<string, MemoryInbox>();
  /** When what was told once was told, by instance and key. */
  readonly told = new Map<string, Map<string, number>>();

  queue(instanceId: string): MemoryQueue {
    let queue = this.queues.get(instanceId);
    if (!queue) {
      queue = {
        lastSeq: 0,
        items: new Map(),
        open: new Map(),
        heldCount: 0,
        messageKeys: new Map(),
        idempotency: new Map(),
      };
      this.queues.set(instanceId, queue);
    }
    return queue;
  }

  /** Numbers the drafts, which are copies already, and keeps them; less what was told before. */
  append(drafts: readonly FactDraft[]): readonly Fact[] {
    const facts = drafts.flatMap(({ once, ...draft }): Fact[] => {
      if (once && !this.#tellOnce(draft.instanceId ?? '', once, draft.at)) return [];
      return [Object.freeze({ ...draft, number: ++this.lastFact })];
    });
    this.facts.push(...facts);
    return facts;
  }

  #tellOnce(instanceId: string, { key, heardUntil }: Once, at: number): boolean {
    const inbox = this.inboxes.get(instanceId);
    if (inbox && heardUntil !== null) inbox.heardUntil = Math.max(inbox.heardUntil, heardUntil);
    const told = this.told.get(instanceId) ?? new Map<string, number>();
    if (told.has(key)) return false;
    told.set(key, at);
    this.told.set(instanceId, told);
    return true;
  }
}

/**
 * The value as a store on disk would give it back: a frozen copy without anything that JSON does not carry.
 * @throws LifecycleError `INVALID_INPUT` when it is not JSON.
 */
export function frozenCopy<T>(value: T): T {
  try {
    return frozen(JSON.parse(JSON.stringify(value)), value) as T;
  } catch (cause) {
    throw new LifecycleError('INVALID_INPUT', { message: 'What is to be stored is not plain JSON.', cause });
  }
}

/** Freezes the copy, and lets it have the strings of the original: those of ten thousand instances are most of their heap. */
function frozen(copy: unknown, original: unknown): unknown {
  if (copy === original) return original;
  if (typeof copy !== 'object' || copy === null) return copy;
  const parts = copy as Record<string, unknown>;
  const from = (original ?? {}) as Record<string, unknown>;
  for (const key of Object.keys(parts)) parts[key] = frozen(parts[key], from[key]);
  return Object.freeze(copy);
}
