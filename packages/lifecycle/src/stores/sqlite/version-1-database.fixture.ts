/** A database as version 1 of the schema left it, written out: the text is never brought up to date. */
export const VERSION_1_DATABASE = String.raw`
PRAGMA foreign_keys = OFF;
PRAGMA application_id = 2002873189;
PRAGMA user_version = 1;
BEGIN;
CREATE TABLE contents (
  instance TEXT NOT NULL,
  seq INTEGER NOT NULL,
  content TEXT NOT NULL,
  metadata TEXT,
  PRIMARY KEY (instance, seq),
  FOREIGN KEY (instance, seq) REFERENCES items (instance, seq) ON DELETE CASCADE
);
INSERT INTO "contents" VALUES('shop',1,'{"type":"message","payload":{"to":"4915112345678@c.us","text":"text of first"}}','{"order":7}');
INSERT INTO "contents" VALUES('shop',2,'{"type":"message","payload":{"to":"4915112345678@c.us","text":"text of second"}}',NULL);
CREATE TABLE facts (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  instance TEXT,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL
);
INSERT INTO "facts" VALUES(1,'shop','instance.state',1000,'{"state":"connecting","detail":"connecting.launching","previous":"disconnected","wanted":"running","reason":null,"retryAt":null,"generation":1}');
INSERT INTO "facts" VALUES(2,'shop','message.queued',1000,'{"queueId":"first","type":"message","status":"queued","to":"4915112345678@c.us","messageId":null,"ack":null,"metadata":{"order":7},"error":null,"errorCode":null}');
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
INSERT INTO "instances" VALUES('shop','running','ready','ready',1700000000123,NULL,3,'[1700000000001,1700000000002]',2,'{"code":"BROWSER_EXITED","message":"The browser ended: \"Größe\"   😀","at":1700000000000}',1,'{"id":"4915112345678@c.us","phoneNumber":"4915112345678","pushName":null}','{"team":"sales","with \"quotes\"":"x"}',NULL,1600000000000);
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
INSERT INTO "items" VALUES('shop',1,'first','sending',1000,NULL,1,'key-first',NULL,NULL,NULL,NULL,1500,NULL,'order-7','abc',5000);
INSERT INTO "items" VALUES('shop',2,'second','queued',1000,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE owner (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch INTEGER NOT NULL,
  checks INTEGER NOT NULL
);
INSERT INTO "owner" VALUES(1,1,0);
CREATE TABLE queues (
  instance TEXT PRIMARY KEY,
  last_seq INTEGER NOT NULL,
  depth INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "queues" VALUES('shop',2,2);
CREATE UNIQUE INDEX items_id ON items (id);
CREATE INDEX items_status ON items (instance, status, seq);
CREATE INDEX items_message_key ON items (instance, message_key) WHERE message_key IS NOT NULL;
CREATE UNIQUE INDEX items_key ON items (instance, key) WHERE key IS NOT NULL;
CREATE INDEX items_key_expiry ON items (key_expires_at) WHERE key_expires_at IS NOT NULL;
CREATE INDEX items_settled ON items (settled_at) WHERE settled_at IS NOT NULL AND key IS NULL;
CREATE INDEX facts_instance ON facts (instance, number);
CREATE INDEX facts_history ON facts (instance, number) WHERE type = 'instance.state';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('facts',2);
COMMIT;
`;
