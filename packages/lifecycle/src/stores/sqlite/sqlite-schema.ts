/**
 * The tables, as migrations in order. One that was ever released is never edited again: a change is a new one at the
 * end. `PRAGMA user_version` says how many of them a file has.
 */
import { LifecycleError } from '../../domain/errors.js';
import type { Database } from './sqlite-database.js';

/** "wake", so that a file tells whose it is. */
const APPLICATION_ID = 0x77616b65;

/**
 * Contents stand apart from items: a change of status then rewrites a short row, whatever the size of the picture.
 * `queues` counts, so that neither the next seq nor the depth of a queue is looked for.
 */
const VERSION_1 = `
CREATE TABLE owner (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch INTEGER NOT NULL,
  checks INTEGER NOT NULL
);
INSERT INTO owner VALUES (1, 0, 0);

CREATE TABLE instances (
  id TEXT PRIMARY KEY,
  wanted TEXT NOT NULL,
  state TEXT NOT NULL,
  detail TEXT NOT NULL,
  since INTEGER NOT NULL,
  reason TEXT,
  generation INTEGER NOT NULL,
  restarts TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  last_error TEXT,
  paired INTEGER NOT NULL,
  me TEXT,
  labels TEXT NOT NULL,
  proxy TEXT,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE queues (
  instance TEXT PRIMARY KEY,
  last_seq INTEGER NOT NULL,
  depth INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE items (
  instance TEXT NOT NULL REFERENCES queues (instance) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  id TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  attempt_count INTEGER NOT NULL,
  message_key TEXT,
  message_id TEXT,
  ack INTEGER,
  error TEXT,
  error_code TEXT,
  attempted_at INTEGER,
  settled_at INTEGER,
  key TEXT,
  key_fingerprint TEXT,
  key_expires_at INTEGER,
  PRIMARY KEY (instance, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX items_id ON items (id);
CREATE INDEX items_status ON items (instance, status, seq);
CREATE INDEX items_message_key ON items (instance, message_key) WHERE message_key IS NOT NULL;
CREATE UNIQUE INDEX items_key ON items (instance, key) WHERE key IS NOT NULL;
CREATE INDEX items_key_expiry ON items (key_expires_at) WHERE key_expires_at IS NOT NULL;
CREATE INDEX items_settled ON items (settled_at) WHERE settled_at IS NOT NULL AND key IS NULL;

CREATE TABLE contents (
  instance TEXT NOT NULL,
  seq INTEGER NOT NULL,
  content TEXT NOT NULL,
  metadata TEXT,
  PRIMARY KEY (instance, seq),
  FOREIGN KEY (instance, seq) REFERENCES items (instance, seq) ON DELETE CASCADE
);

CREATE TABLE facts (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  instance TEXT,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX facts_instance ON facts (instance, number);
CREATE INDEX facts_history ON facts (instance, number) WHERE type = 'instance.state';
`;

/**
 * Made for accepting: a commit writes whole pages, so what many instances accept at once should lie together. Items and
 * contents are kept in the order of acceptance, and of the indexes that are spread over all instances one is left,
 * which finds the head of a queue. Media stand apart from the rest of their content, last in the row, so that who does
 * not ask for them does not read them.
 */
const VERSION_2 = `
ALTER TABLE items RENAME TO items_1;
ALTER TABLE contents RENAME TO contents_1;
DROP INDEX items_id;
DROP INDEX items_status;
DROP INDEX items_message_key;
DROP INDEX items_key;
DROP INDEX items_key_expiry;
DROP INDEX items_settled;

CREATE TABLE items (
  number INTEGER PRIMARY KEY,
  instance TEXT NOT NULL REFERENCES queues (instance) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  id TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  attempt_count INTEGER NOT NULL,
  message_key TEXT,
  message_id TEXT,
  ack INTEGER,
  error TEXT,
  error_code TEXT,
  attempted_at INTEGER,
  settled_at INTEGER,
  key TEXT,
  key_fingerprint TEXT,
  key_expires_at INTEGER
);
CREATE UNIQUE INDEX items_id ON items (id);
CREATE INDEX items_status ON items (instance, status, seq);
CREATE INDEX items_message_key ON items (instance, message_key) WHERE message_key IS NOT NULL;
CREATE UNIQUE INDEX items_key ON items (instance, key) WHERE key IS NOT NULL;
CREATE INDEX items_key_expiry ON items (key_expires_at) WHERE key_expires_at IS NOT NULL;
CREATE INDEX items_settled ON items (settled_at) WHERE settled_at IS NOT NULL AND key IS NULL;

CREATE TABLE contents (
  number INTEGER PRIMARY KEY REFERENCES items (number) ON DELETE CASCADE,
  content TEXT NOT NULL,
  metadata TEXT,
  media TEXT
);

INSERT INTO items (instance, seq, id, status, created_at, expires_at, attempt_count, message_key, message_id, ack, error,
    error_code, attempted_at, settled_at, key, key_fingerprint, key_expires_at)
  SELECT instance, seq, id, status, created_at, expires_at, attempt_count, message_key, message_id, ack, error,
    error_code, attempted_at, settled_at, key, key_fingerprint, key_expires_at
  FROM items_1 ORDER BY created_at, instance, seq;
INSERT INTO contents (number, content, metadata, media)
  SELECT number,
    iif(data IS NULL, content, json_set(json_remove(content, '$.payload.media.data'),
      '$.payload.media.bytes', length(rtrim(data, '=')) * 3 / 4)),
    metadata,
    data
  FROM (
    SELECT items.number, content, metadata, json_extract(content, '$.payload.media.data') AS data
    FROM contents_1
      JOIN items_1 ON items_1.instance = contents_1.instance AND items_1.seq = contents_1.seq
      JOIN items ON items.id = items_1.id
  );

DROP TABLE contents_1;
DROP TABLE items_1;
DROP INDEX facts_instance;
`;

/** Webhooks and their outbox. The fact of a delivery stands apart for the same reason; no instance is ''. */
const VERSION_3 = `
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  cursor INTEGER NOT NULL,
  webhook TEXT NOT NULL,
  standing TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE deliveries (
  webhook TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  instance TEXT NOT NULL,
  status TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  aside INTEGER NOT NULL,
  first_attempt_at INTEGER,
  last_attempt_at INTEGER,
  next_attempt_at INTEGER NOT NULL,
  settled_at INTEGER,
  response_status INTEGER,
  error TEXT,
  PRIMARY KEY (webhook, number)
) WITHOUT ROWID;
CREATE INDEX deliveries_lane ON deliveries (webhook, instance, number) WHERE status = 'pending' AND aside = 0;
CREATE INDEX deliveries_aside ON deliveries (webhook, next_attempt_at, number) WHERE status = 'pending' AND aside = 1;
CREATE INDEX deliveries_status ON deliveries (webhook, status, number);

CREATE TABLE delivered_facts (
  webhook TEXT NOT NULL,
  number INTEGER NOT NULL,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (webhook, number),
  FOREIGN KEY (webhook, number) REFERENCES deliveries (webhook, number) ON DELETE CASCADE
);
CREATE INDEX delivered_facts_time ON delivered_facts (webhook, at);
`;

/** What was heard of each account: each message is told once, and what came while nobody listened can be asked for. */
const VERSION_4 = `
CREATE TABLE inboxes (
  instance TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  since INTEGER NOT NULL,
  heard_until INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE told (
  instance TEXT NOT NULL,
  key TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (instance, key)
) WITHOUT ROWID;
CREATE INDEX told_at ON told (at);
`;

/**
 * Whose an item is, and what keeps it out of the line: it is held, or the page cannot do what it needs. The index that
 * finds the head of a queue has both before the place, so that what stands aside is never walked over.
 */
const VERSION_5 = `
ALTER TABLE instances ADD COLUMN account TEXT;
ALTER TABLE instances ADD COLUMN expected_account TEXT;
ALTER TABLE instances ADD COLUMN is_behind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instances ADD COLUMN restriction TEXT;
UPDATE instances SET account = me;

ALTER TABLE queues ADD COLUMN held INTEGER NOT NULL DEFAULT 0;

ALTER TABLE items ADD COLUMN account TEXT;
ALTER TABLE items ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE items ADD COLUMN waits_for TEXT;
UPDATE items SET account = (
  SELECT coalesce(json_extract(me, '$.phoneNumber') || '@c.us', json_extract(me, '$.id'))
  FROM instances WHERE instances.id = items.instance
) WHERE status = 'uncertain';
DROP INDEX items_status;
CREATE INDEX items_line ON items (instance, status, held, waits_for, seq);
`;

export const MIGRATIONS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5];

/**
 * How many migrations the file has; 0 when it is new.
 * @throws LifecycleError `STORE_SCHEMA` when the file is from a newer wakeeper, or is no store at all.
 */
export function refuseOtherSchemas(database: Database, path: string, known = MIGRATIONS.length): number {
  const version = numberOf(database, 'PRAGMA user_version', 'user_version');
  if (version > known) {
    throw new LifecycleError('STORE_SCHEMA', {
      message: `${path} was written by a newer wakeeper (schema ${version}; this one knows ${known}). Run that version again, or go back to a backup made before it.`,
      details: { path, version, known },
    });
  }
  const isNew =
    version === 0 && numberOf(database, 'SELECT count(*) AS tables FROM sqlite_schema', 'tables') === 0;
  if (!isNew && numberOf(database, 'PRAGMA application_id', 'application_id') !== APPLICATION_ID) {
    throw new LifecycleError('STORE_SCHEMA', {
      message: `${path} is the database of another program. Give the store another path.`,
      details: { path },
    });
  }
  return version;
}

/**
 * Brings the tables up to the newest version; each migration is a transaction of its own.
 * @throws LifecycleError `STORE_SCHEMA` when the file is from a newer wakeeper, or is no store at all.
 */
export function migrate(database: Database, path: string, migrations: readonly string[] = MIGRATIONS): void {
  const version = refuseOtherSchemas(database, path, migrations.length);
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    try {
      database.exec(
        `BEGIN IMMEDIATE; ${migration}; PRAGMA user_version = ${index + 1}; PRAGMA application_id = ${APPLICATION_ID}; COMMIT`,
      );
    } catch (error) {
      // A full disk has rolled back already; then there is nothing to roll back here.
      try {
        database.exec('ROLLBACK');
      } catch {}
      throw error;
    }
  }
}

const numberOf = (database: Database, sql: string, column: string): number =>
  Number(database.get(sql)?.[column]);
