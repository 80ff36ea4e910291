/** The queues of a memory store. Each call does its whole effect before it returns its promise. */
import { LifecycleError } from '../../domain/errors.js';
import type { FactDraft } from '../../domain/fact.js';
import { isOpen, type ListedItem, listedItem, type QueueItem } from '../../domain/message.js';
import { acceptedItem } from '../../ports/accepted-item.js';
import type { EnqueueRequest, EnqueueResult, ItemChange, QueueQuery, QueueStore } from '../../ports/store.js';
import type { MemoryAccess } from './memory-access.js';
import { frozenCopy, type MemoryData, type MemoryKey, type MemoryQueue } from './memory-data.js';

export function memoryQueueStore(access: MemoryAccess): QueueStore {
  return {
    enqueue: (request, facts) => access.write((data) => enqueue(data, request, facts)),
    head: (instanceId) => access.read((data) => head(data.queues.get(instanceId))),
    change: (change, facts) =>
      access.write((data) => {
        const drafts = frozenCopy(facts);
        const item = changed(data, change);
        if (!item) return null;
        put(data.queue(item.instanceId), item);
        return { item, facts: data.append(drafts) };
      }),
    get: (instanceId, id) => access.read((data) => data.queues.get(instanceId)?.items.get(id) ?? null),
    byMessageKey: (instanceId, messageKey) =>
      access.read((data) => {
        const queue = data.queues.get(instanceId);
        const id = queue?.messageKeys.get(messageKey);
        return (id !== undefined && queue?.items.get(id)) || null;
      }),
    list: (query) => access.read((data) => list(data.queues.get(query.instanceId), query)),
    depths: () =>
      access.read((data) => {
        const open = [...data.queues].filter(([, queue]) => queue.open.size > 0);
        return new Map(open.map(([instanceId, queue]) => [instanceId, queue.open.size]));
      }),
    prune: (settledBefore, now) => access.write((data) => prune(data, settledBefore, now)),
  };
}

function enqueue(data: MemoryData, request: EnqueueRequest, facts: readonly FactDraft[]): EnqueueResult {
  const drafts = frozenCopy(facts);
  const queue = data.queues.get(request.instanceId);
  const depth = queue?.open.size ?? 0;
  const known = request.idempotency ? keyOf(queue, request.idempotency.key, request.createdAt) : undefined;
  if (known) {
    return known.key.fingerprint === request.idempotency?.fingerprint
      ? { outcome: 'repeated', item: known.item, depth }
      : { outcome: 'mismatch' };
  }
  if (depth >= request.maxQueueSize) return { outcome: 'full', depth };
  if (data.itemIds.has(request.id)) {
    throw new LifecycleError('INVALID_INPUT', { message: `The store has an item ${request.id} already.` });
  }
  const item = frozenCopy(acceptedItem(request, (queue?.lastSeq ?? 0) + 1));
  const target = data.queue(request.instanceId);
  target.lastSeq = item.seq;
  data.itemIds.add(item.id);
  if (request.idempotency) {
    const { key, fingerprint, expiresAt } = request.idempotency;
    target.idempotency.set(key, { fingerprint, expiresAt, itemId: item.id });
  }
  put(target, item);
  return { outcome: 'queued', item, depth: target.open.size, facts: data.append(drafts) };
}

/** The living key and its item. A key lives until it has expired and its item has settled. */
function keyOf(
  queue: MemoryQueue | undefined,
  key: string,
  now: number,
): { key: MemoryKey; item: QueueItem } | undefined {
  const kept = queue?.idempotency.get(key);
  const item = kept && queue?.items.get(kept.itemId);
  return item && !isForgotten(kept, item, now) ? { key: kept, item } : undefined;
}
const isForgotten = (key: MemoryKey, item: QueueItem, now: number): boolean =>
  key.expiresAt <= now && item.settledAt !== null;

function head(queue: MemoryQueue | undefined): QueueItem | null {
  let first: QueueItem | null = null;
  for (const item of queue?.open.values() ?? []) if (!first || goesBefore(item, first)) first = item;
  return first;
}
const goesBefore = (a: QueueItem, b: QueueItem): boolean =>
  a.status === b.status ? a.seq < b.seq : a.status === 'sending';

function changed(
  data: MemoryData,
  { instanceId, id, from, attempts = 0, ...fields }: ItemChange,
): QueueItem | null {
  const item = data.queues.get(instanceId)?.items.get(id);
  if (!item || !from.includes(item.status)) return null;
  return Object.freeze({ ...item, ...frozenCopy(fields), attemptCount: item.attemptCount + attempts });
}

function put(queue: MemoryQueue, item: QueueItem): void {
  const former = queue.items.get(item.id)?.messageKey ?? null;
  if (former !== null) queue.messageKeys.delete(former);
  queue.items.set(item.id, item);
  if (isOpen(item.status)) queue.open.set(item.id, item);
  else queue.open.delete(item.id);
  if (item.messageKey !== null) queue.messageKeys.set(item.messageKey, item.id);
}

function list(
  queue: MemoryQueue | undefined,
  { statuses, limit, afterSeq = 0 }: QueueQuery,
): readonly ListedItem[] {
  const found: ListedItem[] = [];
  for (const item of queue?.items.values() ?? []) {
    if (found.length >= limit) break;
    if (item.seq > afterSeq && (!statuses || statuses.includes(item.status)))
      found.push(Object.freeze(listedItem(item)));
  }
  return found;
}

function prune(data: MemoryData, settledBefore: number, now: number): number {
  let removed = 0;
  for (const queue of data.queues.values()) {
    const named = new Set<string>();
    for (const [name, key] of queue.idempotency) {
      const item = queue.items.get(key.itemId);
      if (!item || isForgotten(key, item, now)) queue.idempotency.delete(name);
      else named.add(key.itemId);
    }
    for (const item of queue.items.values()) {
      if (isOpen(item.status) || item.settledAt === null || item.settledAt >= settledBefore) continue;
      if (named.has(item.id)) continue;
      queue.items.delete(item.id);
      data.itemIds.delete(item.id);
      if (item.messageKey !== null) queue.messageKeys.delete(item.messageKey);
      removed += 1;
    }
  }
  return removed;
}
