/** What an instance has heard, in SQL. Every function runs inside the transaction of its caller. */
import { type Heard, KEYS_BEFORE_HEARD_MS } from '../../ports/store.js';
import type { Database } from './sqlite-database.js';

/** False when the instance has told it before. */
export function tellOnce(
  database: Database,
  instance: string | null,
  { key, at, heardUntil }: { readonly key: string; readonly at: number; readonly heardUntil: number | null },
): boolean {
  if (heardUntil !== null) advanceInbox(database, instance ?? '', heardUntil);
  return (
    database.run('INSERT OR IGNORE INTO told (instance, key, at) VALUES (?, ?, ?)', instance ?? '', key, at) >
    0
  );
}

export function advanceInbox(database: Database, instance: string, heardUntil: number): void {
  database.run(
    'UPDATE inboxes SET heard_until = max(heard_until, ?) WHERE instance = ?',
    heardUntil,
    instance,
  );
}

export function beginInbox(
  database: Database,
  instance: string,
  account: string,
  now: number,
  alias: string | null,
): Heard {
  if (alias !== null)
    database.run(
      'UPDATE inboxes SET account = ?1 WHERE instance = ?2 AND account = ?3',
      account,
      instance,
      alias,
    );
  database.run(
    `INSERT INTO inboxes (instance, account, since, heard_until) VALUES (?1, ?2, ?3, ?3)
      ON CONFLICT (instance) DO UPDATE SET account = ?2, since = ?3, heard_until = ?3 WHERE account <> ?2`,
    instance,
    account,
    now,
  );
  const row = database.get('SELECT since, heard_until FROM inboxes WHERE instance = ?', instance);
  return { since: Number(row?.since), heardUntil: Number(row?.heard_until) };
}

export function removeInbox(database: Database, instance: string): void {
  database.run('DELETE FROM inboxes WHERE instance = ?', instance);
  database.run('DELETE FROM told WHERE instance = ?', instance);
}

export const pruneTold = (database: Database, toldBefore: number): number =>
  database.run(
    `DELETE FROM told WHERE at < ?1 AND NOT EXISTS
      (SELECT 1 FROM inboxes WHERE inboxes.instance = told.instance AND told.at >= inboxes.heard_until - ?2)`,
    toldBefore,
    KEYS_BEFORE_HEARD_MS,
  );
