/** Queues in SQL. Every function runs inside the transaction of its caller. */
import { LifecycleError } from '../../domain/errors.js';
import {
  ITEM_STATUSES,
  type ItemContent,
  isOpen,
  type ListedContent,
  type ListedItem,
  type QueueItem,
} from '../../domain/message.js';
import type { EnqueueResult, ItemChange, QueueQuery } from '../../ports/store.js';
import { appendFacts } from './fact-tables.js';
import type { Database, Row } from './sqlite-database.js';
import { fromJson } from './sqlite-json.js';
import type { ContentRow, FactRow, ItemRow } from './sqlite-rows.js';

const ITEM = (media = 'contents.media', index = '') =>
  `SELECT items.*, contents.content, contents.metadata, ${media} AS media
    FROM items ${index} JOIN contents ON contents.number = items.number`;

/** Those that decide how fast a queue is (see sqlite-plans.test.ts). */
export const QUEUE_SQL = {
  firstOfStatus: 'SELECT number FROM items WHERE instance = ? AND status = ? ORDER BY seq LIMIT 1',
  placesOfStatus:
    'SELECT seq, number FROM items WHERE instance = ? AND status = ? AND seq > ? ORDER BY seq LIMIT ?',
  queue: 'SELECT last_seq, depth FROM queues WHERE instance = ?',
  byNumber: `${ITEM()} WHERE items.number = ?`,
  // SQLite reads a row up to the last column that is asked for: media come after it.
  listed: `${ITEM('NULL')} WHERE items.number = ?`,
  byId: `${ITEM()} WHERE items.id = ? AND items.instance = ?`,
  // Without being told, SQLite walks over all items of the instance.
  byMessageKey: `${ITEM('contents.media', 'INDEXED BY items_message_key')} WHERE items.instance = ? AND items.message_key = ?`,
  byKey: `${ITEM()} WHERE items.instance = ? AND items.key = ?`,
  forget: `UPDATE items SET key = NULL, key_fingerprint = NULL, key_expires_at = NULL
    WHERE key_expires_at <= ? AND settled_at IS NOT NULL`,
  removeSettled: `DELETE FROM items
    WHERE settled_at < ? AND key IS NULL AND settled_at IS NOT NULL AND status NOT IN ('queued', 'sending')`,
} as const;

/** What the port answers, without what the asking side knows already. */
export type Enqueued =
  | {
      readonly outcome: 'queued';
      readonly seq: number;
      readonly depth: number;
      readonly numbers: readonly number[];
    }
  | Exclude<EnqueueResult, { readonly outcome: 'queued' }>;

export function enqueue(
  database: Database,
  item: ItemRow,
  content: ContentRow,
  maxQueueSize: number,
  facts: readonly FactRow[],
): Enqueued {
  const [id, instanceId, createdAt, expiresAt, key, keyFingerprint, keyExpiresAt] = item;
  const queue = database.get(QUEUE_SQL.queue, instanceId);
  const depth = Number(queue?.depth ?? 0);
  const known = key === null ? undefined : database.get(QUEUE_SQL.byKey, instanceId, key);
  if (known && !(Number(known.key_expires_at) <= createdAt && known.settled_at !== null)) {
    if (known.key_fingerprint !== keyFingerprint) return { outcome: 'mismatch' };
    return { outcome: 'repeated', item: itemOf(known), depth };
  }
  if (depth >= maxQueueSize) return { outcome: 'full', depth };
  if (known) forgetKey(database, known);
  const seq = Number(queue?.last_seq ?? 0) + 1;
  database.run(
    `INSERT INTO queues (instance, last_seq, depth) VALUES (?, ?, 1)
      ON CONFLICT (instance) DO UPDATE SET last_seq = excluded.last_seq, depth = depth + 1`,
    instanceId,
    seq,
  );
  const inserted = database.run(
    `INSERT INTO items (instance, seq, id, status, created_at, expires_at, attempt_count, key, key_fingerprint, key_expires_at)
      VALUES (?, ?, ?, 'queued', ?, ?, 0, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    instanceId,
    seq,
    id,
    createdAt,
    expiresAt,
    key,
    keyFingerprint,
    keyExpiresAt,
  );
  // What was written so far is taken back with the request.
  if (inserted === 0)
    throw new LifecycleError('INVALID_INPUT', { message: `The store has an item ${id} already.` });
  database.run(
    'INSERT INTO contents (number, content, metadata, media) VALUES (last_insert_rowid(), ?, ?, ?)',
    ...content,
  );
  return { outcome: 'queued', seq, depth: depth + 1, numbers: appendFacts(database, facts) };
}

export function head(database: Database, instanceId: string): QueueItem | null {
  for (const status of ['sending', 'queued']) {
    const row = database.get(QUEUE_SQL.firstOfStatus, instanceId, status);
    if (row) return need(database.get(QUEUE_SQL.byNumber, Number(row.number)));
  }
  return null;
}

export function change(
  database: Database,
  change: ItemChange,
  facts: readonly FactRow[],
): { readonly item: QueueItem; readonly numbers: readonly number[] } | null {
  const row = database.get(QUEUE_SQL.byId, change.id, change.instanceId);
  const item = maybeItem(row);
  if (!row || !item || !change.from.includes(item.status)) return null;
  const { instanceId, id, from, attempts = 0, ...fields } = change;
  const next: QueueItem = { ...item, ...fields, attemptCount: item.attemptCount + attempts };
  database.run(
    `UPDATE items SET status = ?, attempt_count = ?, message_key = ?, message_id = ?, ack = ?, error = ?, error_code = ?,
      attempted_at = ?, settled_at = ? WHERE number = ?`,
    next.status,
    next.attemptCount,
    next.messageKey,
    next.messageId,
    next.ack,
    next.error,
    next.errorCode,
    next.attemptedAt,
    next.settledAt,
    Number(row.number),
  );
  const opened = Number(isOpen(next.status)) - Number(isOpen(item.status));
  if (opened !== 0)
    database.run('UPDATE queues SET depth = depth + ? WHERE instance = ?', opened, instanceId);
  return { item: next, numbers: appendFacts(database, facts) };
}

export const byId = (database: Database, instanceId: string, id: string): QueueItem | null =>
  maybeItem(database.get(QUEUE_SQL.byId, id, instanceId));

export const byMessageKey = (database: Database, instanceId: string, messageKey: string): QueueItem | null =>
  maybeItem(database.get(QUEUE_SQL.byMessageKey, instanceId, messageKey));

/** A short ordered list of each status, merged: what has settled by the thousands is never walked over. */
export function list(
  database: Database,
  { instanceId, statuses = ITEM_STATUSES, limit, afterSeq = 0 }: QueueQuery,
): readonly ListedItem[] {
  const places = [...new Set(statuses)].flatMap((status) =>
    database.all(QUEUE_SQL.placesOfStatus, instanceId, status, afterSeq, limit),
  );
  places.sort((a, b) => Number(a.seq) - Number(b.seq));
  return places
    .slice(0, limit)
    .map(({ number }) => need<ListedItem>(database.get(QUEUE_SQL.listed, Number(number))));
}

export function depths(database: Database): ReadonlyMap<string, number> {
  const rows = database.all('SELECT instance, depth FROM queues WHERE depth > 0');
  return new Map(rows.map(({ instance, depth }) => [String(instance), Number(depth)]));
}

export function pruneQueue(database: Database, settledBefore: number, now: number): number {
  database.run(QUEUE_SQL.forget, now);
  return database.run(QUEUE_SQL.removeSettled, settledBefore);
}

function forgetKey(database: Database, { number = null }: Row): void {
  database.run(
    'UPDATE items SET key = NULL, key_fingerprint = NULL, key_expires_at = NULL WHERE number = ?',
    number,
  );
}

const maybeItem = (row: Row | undefined): QueueItem | null => (row ? itemOf(row) : null);

function need<Item extends QueueItem | ListedItem = QueueItem>(row: Row | undefined): Item {
  if (!row) throw new Error('An item has no content: the store is damaged.');
  return itemOf<Item>(row);
}

/** The item of a row; without its media when the row has none, as the content tells of them then. */
function itemOf<Item extends QueueItem | ListedItem = QueueItem>(row: Row): Item {
  const { type, payload } = contentOf(row);
  return {
    type,
    payload,
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
  } as unknown as Item;
}

function contentOf({ content, media }: Row): ItemContent | ListedContent {
  const listed = fromJson(content) as ListedContent;
  if (typeof media !== 'string' || listed.type === 'poll' || !listed.payload.media) return listed;
  const { bytes, ...rest } = listed.payload.media;
  return { ...listed, payload: { ...listed.payload, media: { ...rest, data: media } } };
}
