import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageFact, someRecord, someRequest, stateFact } from '../../ports/store-samples.contract.js';
import { Database } from './sqlite-database.js';
import { MIGRATIONS, migrate } from './sqlite-schema.js';
import { sqliteStore } from './sqlite-store.js';
import { VERSION_1_DATABASE } from './version-1-database.fixture.js';

describe('the schema of a sqlite store', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wakeeper-schema-'));
    path = join(folder, 'wakeeper.db');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Works on the file while no store is open. */
  function inFile<T>(work: (database: Database) => T): T {
    const database = new Database(path);
    try {
      return work(database);
    } finally {
      database.close();
    }
  }
  const version = (database: Database) => database.get('PRAGMA user_version')?.user_version;
  const schema = (database: Database) =>
    database.all(`SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name`);

  it('keeps everything of a version-1 database, and works on', async () => {
    inFile((database) => database.exec(VERSION_1_DATABASE));
    const store = sqliteStore({ path });
    expect(await store.open()).toMatchObject({ epoch: 2 });
    const lastError = {
      code: 'BROWSER_EXITED',
      message: 'The browser ended: "Größe"   😀',
      at: 1_700_000_000_000,
    };
    expect(await store.instances.load()).toEqual([someRecord('shop', { lastError })]);
    expect(await store.facts.list({ limit: 9 })).toEqual([
      { ...stateFact('shop'), number: 1 },
      { ...messageFact('shop', 'first'), number: 2 },
    ]);
    expect(await store.queue.depths()).toEqual(new Map([['shop', 2]]));
    expect(await store.queue.head('shop')).toMatchObject({
      id: 'first',
      status: 'sending',
      messageKey: 'key-first',
      attemptCount: 1,
      metadata: { order: 7 },
      payload: { text: 'text of first' },
      account: null,
      held: false,
      waitsFor: null,
    });
    expect(await store.queue.heldCounts()).toEqual(new Map());
    const idempotency = { key: 'order-7', fingerprint: 'abc', expiresAt: 5000 };
    expect(await store.queue.enqueue(someRequest('shop', 'again', { idempotency }), [])).toMatchObject({
      outcome: 'repeated',
      item: { id: 'first' },
    });
    expect(await store.queue.enqueue(someRequest('shop', 'third'), [stateFact('shop')])).toMatchObject({
      item: { seq: 3 },
      facts: [{ number: 3 }],
    });
    await store.close();
  });

  it('knows whose an uncertain item is, so that no other account sends it again', async () => {
    const me = JSON.stringify({ id: '4915100000011@c.us', phoneNumber: '4915100000011', pushName: null });
    inFile((database) => {
      database.exec(VERSION_1_DATABASE);
      database.run(`UPDATE instances SET me = ?`, me);
      database.run(`UPDATE items SET status = 'uncertain' WHERE id = 'first'`);
    });
    const store = sqliteStore({ path });
    await store.open();
    expect(await store.queue.get('shop', 'first')).toMatchObject({ account: '4915100000011@c.us' });
    expect(await store.queue.get('shop', 'second')).toMatchObject({ account: null });
    await store.close();
  });

  it('moves the media of a version-1 database beside their content', async () => {
    const data = Buffer.from('a small picture').toString('base64');
    const picture = { mimetype: 'image/png', data, caption: 'Größe' };
    const content = JSON.stringify({ type: 'message', payload: { to: '49@c.us', media: picture } });
    inFile((database) => {
      database.exec(VERSION_1_DATABASE);
      database.run(`UPDATE contents SET content = ? WHERE seq = 2`, content);
    });
    const store = sqliteStore({ path });
    await store.open();
    const { data: _, ...listed } = { ...picture, bytes: 15 };
    expect(await store.queue.list({ instanceId: 'shop', limit: 9 })).toMatchObject([
      { id: 'first', seq: 1, payload: { text: 'text of first' } },
      { id: 'second', seq: 2, payload: { to: '49@c.us', media: listed } },
    ]);
    expect((await store.queue.get('shop', 'second'))?.payload).toEqual({ to: '49@c.us', media: picture });
    await store.close();
    expect(inFile((database) => database.all('PRAGMA foreign_key_check'))).toEqual([]);
    expect(inFile((database) => database.get('PRAGMA integrity_check'))).toEqual({ integrity_check: 'ok' });
  });

  it('is the same in a database that was migrated and in a new one', async () => {
    inFile((database) => {
      database.exec(VERSION_1_DATABASE);
      migrate(database, path);
    });
    const migrated = inFile(schema);
    await rm(path);
    inFile((database) => migrate(database, path));
    expect(inFile(schema)).toEqual(migrated);
    expect(inFile(version)).toBe(MIGRATIONS.length);
  });

  it('runs the migrations that a file lacks, in order and once', () => {
    inFile((database) => database.exec(VERSION_1_DATABASE));
    const later = [
      ...MIGRATIONS.slice(0, 1),
      `ALTER TABLE instances ADD COLUMN note TEXT NOT NULL DEFAULT 'none'`,
      `UPDATE instances SET note = note || ' yet'`,
    ];
    inFile((database) => {
      migrate(database, path, later);
      migrate(database, path, later);
      expect(version(database)).toBe(3);
      expect(database.get('SELECT id, note FROM instances')).toEqual({ id: 'shop', note: 'none yet' });
    });
  });

  it('leaves a file at the version before a migration that fails', () => {
    inFile((database) => database.exec(VERSION_1_DATABASE));
    const before = inFile(schema);
    const failing = [...MIGRATIONS.slice(0, 1), 'DROP TABLE facts; DELETE FROM nowhere'];
    inFile((database) => {
      expect(() => migrate(database, path, failing)).toThrow('no such table: nowhere');
      expect(version(database)).toBe(1);
    });
    expect(inFile(schema)).toEqual(before);
  });

  it('refuses a file of a newer wakeeper, says what to do, and leaves the file alone', async () => {
    inFile((database) => database.exec(`${VERSION_1_DATABASE}; PRAGMA user_version = 99`));
    const store = sqliteStore({ path });
    await expect(store.open()).rejects.toMatchObject({
      code: 'STORE_SCHEMA',
      message: expect.stringMatching(/newer wakeeper.*Run that version again/),
      details: { version: 99, known: MIGRATIONS.length },
    });
    expect(inFile(version)).toBe(99);
    expect(inFile((database) => database.get('SELECT epoch FROM owner'))).toMatchObject({ epoch: 1 });
  });

  it('refuses the database of another program', async () => {
    inFile((database) => database.exec('CREATE TABLE theirs (a)'));
    await expect(sqliteStore({ path }).open()).rejects.toMatchObject({ code: 'STORE_SCHEMA' });
    expect(inFile(schema)).toEqual([{ name: 'theirs', sql: 'CREATE TABLE theirs (a)' }]);
  });

  it('refuses a file that is no database', async () => {
    await writeFile(path, 'This is a letter, and a long one.\n'.repeat(100));
    await expect(sqliteStore({ path }).open()).rejects.toMatchObject({ code: 'STORE_SCHEMA' });
  });

  it('says what is wrong when the file cannot be opened, and can be opened once that is mended', async () => {
    const store = sqliteStore({ path: join(path, 'inside', 'wakeeper.db') });
    await writeFile(path, '');
    await expect(store.open()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await rm(path);
    await expect(store.open()).resolves.toMatchObject({ epoch: 1 });
    await store.close();
  });
});
