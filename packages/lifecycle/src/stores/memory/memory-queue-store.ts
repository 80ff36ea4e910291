/** The queues of a memory store. Each call does its whole effect before it returns its promise. */
import { LifecycleError } from '../../domain/errors.js';
import type { FactDraft } from '../../domain/fact.js';
import { isOpen, type ListedItem, listedItem, type QueueItem } from '../../domain/message.js';
import { acceptedItem, changedItem } from '../../ports/accepted-item.js';
import type {
  EnqueueRequest,
  EnqueueResult,
  ItemChange,
  QueueQuery,
  QueueStore,
  ToldChange,
} from '../../ports/store.js';
import type { MemoryAccess } from './memory-access.js';
import { frozenCopy, type MemoryData, type MemoryKey, type MemoryQueue } from './memory-data.js';

export function memoryQueueStore(access: MemoryAccess): QueueStore {
  return {
    enqueue: (request, facts) => access.write((data) => enqueue(data, request, facts)),
    head: (instanceId, without = []) => access.read((data) => head(data.queues.get(instanceId), without)),
    change: (change, facts) =>
      access.write((data) => {
        const drafts = frozenCopy(facts);
        const item = changed(data, change);
        if (!item) return null;
        put(data.queue(item.instanceId), item);
        return { item, facts: data.append(drafts) };
      }),
    changeAll: (instanceId, changes) => access.write((data) => changeAll(data, instanceId, changes)),
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
        const lines = [...data.queues].filter(([, queue]) => depthOf(queue) > 0);
        return new Map(lines.map(([instanceId, queue]) => [instanceId, depthOf(queue)]));
      }),
    heldCounts: () =>
      access.read((data) => {
        const holding = [...data.queues].filter(([, queue]) => queue.heldCount > 0);
        return new Map(holding.map(([instanceId, queue]) => [instanceId, queue.heldCount]));
      }),
    prune: (settledBefore, now) => access.write((data) => prune(data, settledBefore, now)),
  };
}

const depthOf = (queue: MemoryQueue | undefined): number => (queue ? queue.open.size - queue.heldCount : 0);

function enqueue(data: MemoryData, request: EnqueueRequest, facts: readonly FactDraft[]): EnqueueResult {
  const drafts = frozenCopy(facts);
  const queue = data.queues.get(request.instanceId);
  const depth = depthOf(queue);
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
  return { outcome: 'queued', item, depth: depthOf(target), facts: data.append(drafts) };
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

function head(queue: MemoryQueue | undefined, without: readonly string[]): QueueItem | null {
  let first: QueueItem | null = null;
  for (const item of queue?.open.values() ?? []) {
    if (item.held) continue;
    if (item.waitsFor !== null && without.includes(item.waitsFor)) continue;
    if (!first || goesBefore(item, first)) first = item;
  }
  return first;
}
const goesBefore = (a: QueueItem, b: QueueItem): boolean =>
  a.status === b.status ? a.seq < b.seq : a.status === 'sending';

function changed(data: MemoryData, change: ItemChange): QueueItem | null {
  const item = data.queues.get(change.instanceId)?.items.get(change.id);
  return item ? Object.freeze(changedItem(item, frozenCopy(change))) : null;
}

function changeAll(
  data: MemoryData,
  instanceId: string,
  changes: readonly ToldChange[],
): Awaited<ReturnType<QueueStore['changeAll']>> {
  const copies = changes.map(({ change, facts }) => ({
    change: { ...change, instanceId },
    drafts: frozenCopy(facts),
  }));
  const items: ListedItem[] = [];
  const told: FactDraft[] = [];
  for (const { change, drafts } of copies) {
    const item = changed(data, change);
    if (!item) continue;
    put(data.queue(instanceId), item);
    items.push(Object.freeze(listedItem(item)));
    told.push(...drafts);
  }
  return { items, facts: data.append(told) };
}

function put(queue: MemoryQueue, item: QueueItem): void {
  const before = queue.items.get(item.id);
  const former = before?.messageKey ?? null;
  if (former !== null) queue.messageKeys.delete(former);
  queue.items.set(item.id, item);
  if (isOpen(item.status)) queue.open.set(item.id, item);
  else queue.open.delete(item.id);
  queue.heldCount += Number(item.held) - Number(before?.held ?? false);
  if (item.messageKey !== null) queue.messageKeys.set(item.messageKey, item.id);
}

function list(
  queue: MemoryQueue | undefined,
  { statuses, held, limit, afterSeq = 0 }: QueueQuery,
): readonly ListedItem[] {
  const found: ListedItem[] = [];
  for (const item of queue?.items.values() ?? []) {
    if (found.length >= limit) break;
    if (item.seq <= afterSeq || (statuses && !statuses.includes(item.status))) continue;
    if (held === undefined || item.held === held) found.push(Object.freeze(listedItem(item)));
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
