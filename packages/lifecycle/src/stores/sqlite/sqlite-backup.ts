/**
 * A copy of the store while its owner goes on. A second connection reads one moment of the database (a WAL lets it)
 * and never asks for the owner's lock; the copy gets its name only when it is whole and on the disk.
 */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isLifecycleError, LifecycleError, messageOf } from '../../domain/errors.js';
import { Database } from './sqlite-database.js';
import { faultOf } from './sqlite-fault.js';
import { refuseOtherSchemas } from './sqlite-schema.js';

export interface SqliteBackup {
  /** The copy, absolute. */
  readonly path: string;
  readonly bytes: number;
  readonly instances: number;
  /** Messages and polls, settled ones too. */
  readonly items: number;
  /** Of these, accepted and not yet settled. */
  readonly open: number;
}

export interface SqliteBackupOptions {
  /** The database file of the store; its owner may be at work. */
  readonly from: string;
  /** The copy, in a folder that exists; a file that is there already is never overwritten. */
  readonly to: string;
}

/**
 * Copies everything that was committed when it began. It works in the calling thread until it is done, for seconds where
 * the store is large; the store's owner accepts and sends meanwhile.
 * @throws LifecycleError INVALID_INPUT when `from` is missing or `to` is there already; STORE_SCHEMA, STORE_UNAVAILABLE
 */
export function backupSqliteStore({ from, to }: SqliteBackupOptions): SqliteBackup {
  const source = resolve(from);
  const target = resolve(to);
  if (!existsSync(source))
    throw new LifecycleError('INVALID_INPUT', {
      message: `There is no store at ${source}. Set STORE_URL as the server has it, and begin in the folder where the server begins.`,
      details: { path: 'from' },
    });
  if (existsSync(target)) throw isThere(target);
  // In the same folder, so that giving it its name is one step.
  const half = `${target}.${process.pid}.half`;
  try {
    copy(source, half);
    const counts = countsOf(half);
    name(half, target);
    return { path: target, bytes: statSync(target).size, ...counts };
  } finally {
    rmSync(half, { force: true });
  }
}

const isThere = (target: string): LifecycleError =>
  new LifecycleError('INVALID_INPUT', {
    message: `${target} is there already, and is not overwritten. Give the copy another name.`,
    details: { path: 'to' },
  });

function copy(source: string, half: string): void {
  let database: Database | undefined;
  try {
    database = new Database(source);
    database.exec('PRAGMA busy_timeout = 5000');
    refuseOtherSchemas(database, source);
    // It holds messages: for nobody else to read, from its first byte on. SQLite takes an empty file as none.
    closeSync(openSync(half, 'wx', 0o600));
    database.run('VACUUM INTO ?', half);
  } catch (error) {
    if (isLifecycleError(error)) throw error;
    if (!existsSync(dirname(half)))
      throw new LifecycleError('INVALID_INPUT', {
        message: `There is no folder ${dirname(half)} to write the copy to. Make it first.`,
        details: { path: 'to' },
        cause: error,
      });
    const fault = faultOf(error, source);
    throw new LifecycleError(fault.code, {
      message: `The copy ${half.replace(/\.\d+\.half$/, '')} was not made: ${fault.message}`,
      cause: error,
    });
  } finally {
    database?.close();
  }
}

/** What the copy holds, read from the copy itself after SQLite has looked through it. */
function countsOf(half: string): Pick<SqliteBackup, 'instances' | 'items' | 'open'> {
  const database = new Database(half);
  try {
    const verdict = database.get('PRAGMA integrity_check')?.integrity_check;
    if (verdict !== 'ok')
      throw new LifecycleError('STORE_UNAVAILABLE', {
        message: `The copy is damaged (${String(verdict)}), and was thrown away. Look at the health of the disk.`,
      });
    const count = (sql: string): number => Number(database.get(sql)?.n);
    return {
      instances: count('SELECT count(*) AS n FROM instances'),
      items: count('SELECT count(*) AS n FROM items'),
      open: count('SELECT coalesce(sum(depth), 0) AS n FROM queues'),
    };
  } catch (error) {
    throw faultOf(error, half);
  } finally {
    database.close();
  }
}

/** A hard link, unlike a rename, never replaces what somebody has put there meanwhile. */
function name(half: string, target: string): void {
  sync(half);
  try {
    linkSync(half, target);
  } catch (cause) {
    if (existsSync(target)) throw isThere(target);
    throw new LifecycleError('STORE_UNAVAILABLE', {
      message: `The copy cannot be named ${target} (${messageOf(cause)}). Write it to a local disk.`,
      cause,
    });
  }
  sync(dirname(target));
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
