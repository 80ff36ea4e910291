/** Queues in SQL. Every function runs inside the transaction of its caller. */
import { LifecycleError } from '../../domain/errors.js';
import type { Fact, FactDraft } from '../../domain/fact.js';
import { isOpen, type QueueItem } from '../../domain/message.js';
import type { EnqueueRequest, EnqueueResult, ItemChange, QueueQuery } from '../../ports/store.js';
import { appendFacts } from './fact-tables.js';
import type { Database, Row } from './sqlite-database.js';
import { fromJson, toJson } from './sqlite-json.js';

const itemsBy = (index = '') => `SELECT items.*, contents.content, contents.metadata
  FROM items ${index} JOIN contents ON contents.instance = items.instance AND contents.seq = items.seq`;
const ITEM = itemsBy();

/** Those that decide how fast a queue is; each is answered from an index alone (see sqlite-plans.test.ts). */
export const QUEUE_SQL = {
  firstOfStatus: 'SELECT seq FROM items WHERE instance = ? AND status = ? ORDER BY seq LIMIT 1',
  seqsOfStatus: 'SELECT seq FROM items WHERE instance = ? AND status = ? AND seq > ? ORDER BY seq LIMIT ?',
  depth: 'SELECT depth FROM queues WHERE instance = ?',
  bySeq: `${ITEM} WHERE items.instance = ? AND items.seq = ?`,
  byId: `${ITEM} WHERE items.id = ? AND items.instance = ?`,
  // Without being told, SQLite walks over all items of the instance.
  byMessageKey: `${itemsBy('INDEXED BY items_message_key')} WHERE items.instance = ? AND items.message_key = ?`,
  byKey: `${ITEM} WHERE items.instance = ? AND items.key = ?`,
  all: `${ITEM} WHERE items.instance = ? AND items.seq > ? ORDER BY items.seq LIMIT ?`,
  forget: `UPDATE items SET key = NULL, key_fingerprint = NULL, key_expires_at = NULL
    WHERE key_expires_at <= ? AND settled_at IS NOT NULL`,
  removeSettled: `DELETE FROM items
    WHERE settled_at < ? AND key IS NULL AND settled_at IS NOT NULL AND status NOT IN ('queued', 'sending')`,
} as const;

export function enqueue(
  database: Database,
  request: EnqueueRequest,
  facts: readonly FactDraft[],
): EnqueueResult {
  const { id, instanceId, content, metadata, createdAt, expiresAt, idempotency } = request;
  const depth = Number(database.get(QUEUE_SQL.depth, instanceId)?.depth ?? 0);
  const known = idempotency && database.get(QUEUE_SQL.byKey, instanceId, idempotency.key);
  if (known && !(Number(known.key_expires_at) <= createdAt && known.settled_at !== null)) {
    if (known.key_fingerprint !== idempotency.fingerprint) return { outcome: 'mismatch' };
    return { outcome: 'repeated', item: itemOf(known), depth };
  }
  if (depth >= request.maxQueueSize) return { outcome: 'full', depth };
  if (database.get('SELECT 1 FROM items WHERE id = ?', id)) {
    throw new LifecycleError('INVALID_INPUT', { message: `The store has an item ${id} already.` });
  }
  if (known) forgetKey(database, known);
  const queue = database.get(
    `INSERT INTO queues (instance, last_seq, depth) VALUES (?, 1, 1)
      ON CONFLICT (instance) DO UPDATE SET last_seq = last_seq + 1, depth = depth + 1 RETURNING last_seq`,
    instanceId,
  );
  const seq = Number(queue?.last_seq);
  database.run(
    `INSERT INTO items (instance, seq, id, status, created_at, expires_at, attempt_count, key, key_fingerprint, key_expires_at)
      VALUES (?, ?, ?, 'queued', ?, ?, 0, ?, ?, ?)`,
    instanceId,
    seq,
    id,
    createdAt,
    expiresAt,
    idempotency?.key ?? null,
    idempotency?.fingerprint ?? null,
    idempotency?.expiresAt ?? null,
  );
  database.run(
    'INSERT INTO contents (instance, seq, content, metadata) VALUES (?, ?, ?, ?)',
    instanceId,
    seq,
    toJson(content),
    metadata && toJson(metadata),
  );
  const written = appendFacts(database, facts);
  return {
    outcome: 'queued',
    item: need(bySeq(database, instanceId, seq)),
    depth: depth + 1,
    facts: written,
  };
}

export function head(database: Database, instanceId: string): QueueItem | null {
  for (const status of ['sending', 'queued']) {
    const row = database.get(QUEUE_SQL.firstOfStatus, instanceId, status);
    if (row) return bySeq(database, instanceId, Number(row.seq));
  }
  return null;
}

export function change(
  database: Database,
  change: ItemChange,
  facts: readonly FactDraft[],
): { readonly item: QueueItem; readonly facts: readonly Fact[] } | null {
  const item = byId(database, change.instanceId, change.id);
  if (!item || !change.from.includes(item.status)) return null;
  const { instanceId, id, from, attempts = 0, ...fields } = change;
  const next: QueueItem = { ...item, ...fields, attemptCount: item.attemptCount + attempts };
  database.run(
    `UPDATE items SET status = ?, attempt_count = ?, message_key = ?, message_id = ?, ack = ?, error = ?, error_code = ?,
      attempted_at = ?, settled_at = ? WHERE instance = ? AND seq = ?`,
    next.status,
    next.attemptCount,
    next.messageKey,
    next.messageId,
    next.ack,
    next.error,
    next.errorCode,
    next.attemptedAt,
    next.settledAt,
    instanceId,
    item.seq,
  );
  const opened = Number(isOpen(next.status)) - Number(isOpen(item.status));
  if (opened !== 0)
    database.run('UPDATE queues SET depth = depth + ? WHERE instance = ?', opened, instanceId);
  return { item: next, facts: appendFacts(database, facts) };
}

export const byId = (database: Database, instanceId: string, id: string): QueueItem | null =>
  maybeItem(database.get(QUEUE_SQL.byId, id, instanceId));

export const byMessageKey = (database: Database, instanceId: string, messageKey: string): QueueItem | null =>
  maybeItem(database.get(QUEUE_SQL.byMessageKey, instanceId, messageKey));

export function list(
  database: Database,
  { instanceId, statuses, limit, afterSeq = 0 }: QueueQuery,
): readonly QueueItem[] {
  if (!statuses) return database.all(QUEUE_SQL.all, instanceId, afterSeq, limit).map(itemOf);
  // A short ordered list of each status, merged: what has settled by the thousands is never walked over.
  const seqs = [...new Set(statuses)].flatMap((status) =>
    database.all(QUEUE_SQL.seqsOfStatus, instanceId, status, afterSeq, limit).map(({ seq }) => Number(seq)),
  );
  seqs.sort((a, b) => a - b);
  return seqs.slice(0, limit).map((seq) => need(bySeq(database, instanceId, seq)));
}

export function depths(database: Database): ReadonlyMap<string, number> {
  const rows = database.all('SELECT instance, depth FROM queues WHERE depth > 0');
  return new Map(rows.map(({ instance, depth }) => [String(instance), Number(depth)]));
}

export function pruneQueue(database: Database, settledBefore: number, now: number): number {
  database.run(QUEUE_SQL.forget, now);
  return database.run(QUEUE_SQL.removeSettled, settledBefore);
}

const bySeq = (database: Database, instanceId: string, seq: number): QueueItem | null =>
  maybeItem(database.get(QUEUE_SQL.bySeq, instanceId, seq));

function forgetKey(database: Database, { instance = null, seq = null }: Row): void {
  database.run(
    'UPDATE items SET key = NULL, key_fingerprint = NULL, key_expires_at = NULL WHERE instance = ? AND seq = ?',
    instance,
    seq,
  );
}

const maybeItem = (row: Row | undefined): QueueItem | null => (row ? itemOf(row) : null);

function need(item: QueueItem | null): QueueItem {
  if (!item) throw new Error('An item has no content: the store is damaged.');
  return item;
}

const itemOf = (row: Row): QueueItem =>
  ({
    ...(fromJson(row.content) as Record<string, unknown>),
    id: row.id,
    instanceId: row.instance,
    seq: row.seq,
    status: row.status,
    metadata: fromJson(row.metadata),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    attemptCount: row.attempt_count,
    messageKey: row.message_key,
    messageId: row.message_id,
    ack: row.ack,
    error: row.error,
    errorCode: row.error_code,
    attemptedAt: row.attempted_at,
    settledAt: row.settled_at,
  }) as QueueItem;
