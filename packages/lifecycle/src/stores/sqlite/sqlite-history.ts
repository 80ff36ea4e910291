/**
 * What a store remembers of its instances, for a report: read in one moment by a second connection, which a WAL lets, while
 * the owner works or after it has ended. No address, text or name of a person is read: only places, codes and times.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { LifecycleError } from '../../domain/errors.js';
import { Database, type Row } from './sqlite-database.js';
import { faultOf } from './sqlite-fault.js';
import { refuseOtherSchemas } from './sqlite-schema.js';

/** One change of state, epoch milliseconds. */
export interface RememberedMove {
  readonly at: number;
  readonly state: string;
  readonly detail: string;
  readonly previous: string | null;
  readonly wanted: string;
  readonly cause: string | null;
  readonly generation: number;
}
export interface RememberedInstance {
  readonly id: string;
  readonly createdAt: number;
  /** Its present place. */
  readonly state: string;
  readonly detail: string;
  readonly wanted: string;
  /** What is kept of its changes of state, the oldest first. */
  readonly moves: readonly RememberedMove[];
}
/** Accepted items that are in one status for one reason. */
export interface RememberedSends {
  readonly status: string;
  readonly errorCode: string | null;
  readonly count: number;
}
/** What became of an item, at one time. */
export interface RememberedOutcome {
  readonly at: number;
  readonly type: string;
  readonly queueId: string;
}

/** All of it as it was in one moment. */
export interface SqliteHistory {
  /** In the order in which they were made. */
  readonly instances: readonly RememberedInstance[];
  /** Of what was accepted since the time that was asked for and is kept. */
  readonly sends: readonly RememberedSends[];
  /** What was told of items that have been uncertain, the oldest first. */
  readonly outcomesOfUncertain: readonly RememberedOutcome[];
  /** Since when facts other than moves are kept; null when none was ever removed. */
  readonly factsSince: number | null;
}

/** @throws LifecycleError INVALID_INPUT when there is no store; STORE_SCHEMA, STORE_UNAVAILABLE */
export function readSqliteHistory(path: string, since: number): SqliteHistory {
  const file = resolve(path);
  if (!existsSync(file))
    throw new LifecycleError('INVALID_INPUT', {
      message: `There is no store at ${file}. Set STORE_URL as the server has it, and begin in the folder where the server begins.`,
      details: { path: 'path' },
    });
  let database: Database | undefined;
  try {
    database = new Database(file);
    database.exec('PRAGMA busy_timeout = 5000; PRAGMA query_only = ON');
    if (refuseOtherSchemas(database, file) === 0)
      return { instances: [], sends: [], outcomesOfUncertain: [], factsSince: null };
    database.exec('BEGIN');
    return {
      instances: instancesOf(database),
      sends: sendsOf(database, since),
      outcomesOfUncertain: outcomesOf(database),
      factsSince: factsSinceOf(database),
    };
  } catch (error) {
    throw faultOf(error, file);
  } finally {
    database?.close();
  }
}

const instancesOf = (database: Database): readonly RememberedInstance[] =>
  database
    .all('SELECT id, created_at, state, detail, wanted FROM instances ORDER BY created_at, id')
    .map((row) => ({
      id: String(row.id),
      createdAt: Number(row.created_at),
      state: String(row.state),
      detail: String(row.detail),
      wanted: String(row.wanted),
      moves: database.all(MOVES, String(row.id)).map(moveOf),
    }));

const MOVES = `
  SELECT at, body ->> '$.state' AS state, body ->> '$.detail' AS detail, body ->> '$.previous' AS previous,
    body ->> '$.wanted' AS wanted, body ->> '$.cause' AS cause, body ->> '$.generation' AS generation
  FROM facts WHERE type = 'instance.state' AND instance = ? ORDER BY number`;

const sendsOf = (database: Database, since: number): readonly RememberedSends[] =>
  database
    .all(
      `SELECT status, error_code, count(*) AS n FROM items WHERE created_at >= ? GROUP BY status, error_code
       ORDER BY status, error_code`,
      since,
    )
    .map((row) => ({ status: String(row.status), errorCode: textOf(row.error_code), count: Number(row.n) }));

const outcomesOf = (database: Database): readonly RememberedOutcome[] =>
  database
    .all(
      `SELECT at, type, body ->> '$.queueId' AS item FROM facts WHERE type GLOB 'message.*'
         AND body ->> '$.queueId' IN (SELECT body ->> '$.queueId' FROM facts WHERE type = 'message.uncertain')
       ORDER BY number`,
    )
    .map((row) => ({ at: Number(row.at), type: String(row.type), queueId: String(row.item) }));

const textOf = (value: Row[string] | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

const moveOf = (row: Row): RememberedMove => ({
  at: Number(row.at),
  state: String(row.state),
  detail: String(row.detail),
  previous: textOf(row.previous),
  wanted: String(row.wanted),
  cause: textOf(row.cause),
  generation: Number(row.generation),
});

/** Numbers have no holes: as many facts as numbers were given means that nothing was removed. */
function factsSinceOf(database: Database): number | null {
  const given = Number(database.get(`SELECT seq FROM sqlite_sequence WHERE name = 'facts'`)?.seq ?? 0);
  const kept = Number(database.get('SELECT count(*) AS n FROM facts')?.n);
  if (kept === given) return null;
  const oldest = database.get(
    `SELECT at FROM facts WHERE type <> 'instance.state' ORDER BY number LIMIT 1`,
  )?.at;
  return oldest === undefined ? Number.MAX_SAFE_INTEGER : Number(oldest);
}
