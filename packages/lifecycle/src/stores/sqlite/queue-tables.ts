/** Queues in SQL. Every function runs inside the transaction of its caller. */
import { LifecycleError } from '../../domain/errors.js';
import {
  ITEM_STATUSES,
  type ItemContent,
  type ItemStatus,
  isInLine,
  type ListedContent,
  type ListedItem,
  type QueueItem,
} from '../../domain/message.js';
import { changedItem } from '../../ports/accepted-item.js';
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
  places: `SELECT seq, number FROM items
    WHERE instance = ? AND status = ? AND held = ? AND waits_for IS ? AND seq > ? ORDER BY seq LIMIT ?`,
  nextWait: `SELECT waits_for FROM items
    WHERE instance = ? AND status = ? AND held = ? AND waits_for > ? ORDER BY waits_for LIMIT 1`,
  queue: 'SELECT last_seq, depth FROM queues WHERE instance = ?',
  byNumber: `${ITEM()} WHERE items.number = ?`,
  // SQLite reads a row up to the last column that is asked for: media come after it.
  listed: `${ITEM('NULL')} WHERE items.number = ?`,
  byId: `${ITEM()} WHERE items.id = ? AND items.instance = ?`,
  listedById: `${ITEM('NULL')} WHERE items.id = ? AND items.instance = ?`,
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
  const [id, instanceId, account, createdAt, expiresAt, key, keyFingerprint, keyExpiresAt] = item;
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
    `INSERT INTO items (instance, seq, id, status, account, created_at, expires_at, attempt_count, key, key_fingerprint, key_expires_at)
      VALUES (?, ?, ?, 'queued', ?, ?, ?, 0, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    instanceId,
    seq,
    id,
    account,
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

export function head(database: Database, instanceId: string, without: readonly string[]): QueueItem | null {
  const first =
    firstOf(database, { instanceId, status: 'sending', held: 0, waitsFor: null }) ??
    linesOf(database, instanceId, 'queued', [0])
      .filter(({ waitsFor }) => waitsFor === null || !without.includes(waitsFor))
      .flatMap((line) => firstOf(database, line) ?? [])
      .reduce<Place | null>((first, place) => (first && first.seq < place.seq ? first : place), null);
  return first && need(database.get(QUEUE_SQL.byNumber, first.number));
}

export function change(
  database: Database,
  change: ItemChange,
  facts: readonly FactRow[],
): { readonly item: QueueItem; readonly numbers: readonly number[] } | null {
  const item = changed<QueueItem>(database, change, QUEUE_SQL.byId);
  return item && { item, numbers: appendFacts(database, facts) };
}

/** The items that were changed, and the numbers of the facts of each change; null for one that was not made. */
export function changeAll(
  database: Database,
  changes: readonly ItemChange[],
  facts: readonly (readonly FactRow[])[],
): { readonly items: readonly ListedItem[]; readonly numbers: readonly (readonly number[] | null)[] } {
  const items: ListedItem[] = [];
  const numbers = changes.map((change, index) => {
    const item = changed<ListedItem>(database, change, QUEUE_SQL.listedById);
    if (!item) return null;
    items.push(item);
    return appendFacts(database, facts[index] ?? []);
  });
  return { items, numbers };
}

function changed<Item extends QueueItem | ListedItem>(
  database: Database,
  change: ItemChange,
  sql: string,
): Item | null {
  const row = database.get(sql, change.id, change.instanceId);
  if (!row) return null;
  const item = itemOf<Item>(row);
  const next = changedItem(item, change);
  if (!next) return null;
  database.run(
    `UPDATE items SET status = ?, account = ?, held = ?, waits_for = ?, attempt_count = ?, message_key = ?, message_id = ?,
      ack = ?, error = ?, error_code = ?, attempted_at = ?, settled_at = ? WHERE number = ?`,
    next.status,
    next.account,
    Number(next.held),
    next.waitsFor,
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
  count(database, item, next);
  return next;
}

function count(database: Database, before: QueueItem | ListedItem, after: QueueItem | ListedItem): void {
  const joined = Number(isInLine(after)) - Number(isInLine(before));
  const held = Number(after.held) - Number(before.held);
  if (joined === 0 && held === 0) return;
  const sql = 'UPDATE queues SET depth = depth + ?, held = held + ? WHERE instance = ?';
  database.run(sql, joined, held, after.instanceId);
}

export const byId = (database: Database, instanceId: string, id: string): QueueItem | null =>
  maybeItem(database.get(QUEUE_SQL.byId, id, instanceId));

export const byMessageKey = (database: Database, instanceId: string, messageKey: string): QueueItem | null =>
  maybeItem(database.get(QUEUE_SQL.byMessageKey, instanceId, messageKey));

/** A short ordered list of each line, merged: what has settled by the thousands is never walked over. */
export function list(
  database: Database,
  { instanceId, statuses = ITEM_STATUSES, held, limit, afterSeq = 0 }: QueueQuery,
): readonly ListedItem[] {
  const kinds = held === undefined ? [0, 1] : [Number(held)];
  const places = [...new Set(statuses)]
    .flatMap((status) => linesOf(database, instanceId, status, kinds))
    .flatMap((line) => placesOf(database, line, afterSeq, limit));
  places.sort((a, b) => a.seq - b.seq);
  return places.slice(0, limit).map(({ number }) => need<ListedItem>(database.get(QUEUE_SQL.listed, number)));
}

export const depths = (database: Database): ReadonlyMap<string, number> =>
  new Map(
    database
      .all('SELECT instance, depth FROM queues WHERE depth > 0')
      .map(({ instance, depth }) => [String(instance), Number(depth)]),
  );

export const heldCounts = (database: Database): ReadonlyMap<string, number> =>
  new Map(
    database
      .all('SELECT instance, held FROM queues WHERE held > 0')
      .map(({ instance, held }) => [String(instance), Number(held)]),
  );

/** Items that one look into the index finds in order: those that wait may be held, or wait for the page, each for itself. */
interface Line {
  readonly instanceId: string;
  readonly status: ItemStatus;
  readonly held: number;
  readonly waitsFor: string | null;
}
interface Place {
  readonly seq: number;
  readonly number: number;
}

function linesOf(
  database: Database,
  instanceId: string,
  status: ItemStatus,
  kinds: readonly number[],
): readonly Line[] {
  if (status !== 'queued') return kinds.includes(0) ? [{ instanceId, status, held: 0, waitsFor: null }] : [];
  return kinds.flatMap((held) => {
    const lines: Line[] = [{ instanceId, status, held, waitsFor: null }];
    for (let last = ''; ; ) {
      const row = database.get(QUEUE_SQL.nextWait, instanceId, status, held, last);
      if (!row) return lines;
      last = String(row.waits_for);
      lines.push({ instanceId, status, held, waitsFor: last });
    }
  });
}

const placesOf = (
  database: Database,
  { instanceId, status, held, waitsFor }: Line,
  afterSeq: number,
  limit: number,
): readonly Place[] =>
  database
    .all(QUEUE_SQL.places, instanceId, status, held, waitsFor, afterSeq, limit)
    .map(({ seq, number }) => ({ seq: Number(seq), number: Number(number) }));

const firstOf = (database: Database, line: Line): Place | null => placesOf(database, line, 0, 1)[0] ?? null;

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
    account: row.account,
    held: row.held === 1,
    waitsFor: row.waits_for,
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
