/** A look at a store without becoming its owner: no epoch is taken, no table is changed. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { LifecycleError, messageOf } from '../../domain/errors.js';
import { refuseNetworkDisk } from './network-disk.js';
import { Database } from './sqlite-database.js';
import { faultOf } from './sqlite-fault.js';
import { lockPath, takeLock } from './sqlite-lock.js';
import { refuseOtherSchemas } from './sqlite-schema.js';

export interface StoreInspection {
  /** The database file, absolute. */
  readonly path: string;
  readonly exists: boolean;
  /** The ids of its instances. */
  readonly ids: readonly string[];
  /** When the newest of what it holds was written, epoch milliseconds; null when it holds nothing. */
  readonly newestAt: number | null;
  /** Somebody has the store open. */
  readonly isOwned: boolean;
  /** The file whose lock is the ownership. */
  readonly lockFile: string;
}

/**
 * For a moment it takes the owner's lock, if it is free; a store that opens in that moment is refused.
 * @throws LifecycleError STORE_SCHEMA when it is not ours or newer; STORE_UNAVAILABLE when it cannot be read, or is on a network disk
 */
export function inspectSqliteStore(path: string): StoreInspection {
  const file = resolve(path);
  const lockFile = lockPath(file);
  if (!existsSync(file))
    return { path: file, exists: false, ids: [], newestAt: null, isOwned: false, lockFile };
  refuseNetworkDisk(file);
  let database: Database | undefined;
  try {
    const isOwned = existsSync(lockFile) && isTaken(file);
    database = new Database(file);
    database.exec('PRAGMA busy_timeout = 2000');
    refuseOtherSchemas(database, file);
    // SQLite's own look for damage, at the structure: it reads the file once and changes nothing.
    const verdict = database.get('PRAGMA quick_check(1)')?.quick_check;
    if (verdict !== 'ok')
      throw new LifecycleError('STORE_UNAVAILABLE', {
        message: `${file} is damaged (${String(verdict)}). Stop, keep a copy of it, and go back to a backup.`,
      });
    const isEmpty = Number(database.get('PRAGMA user_version')?.user_version) === 0;
    const rows = isEmpty ? [] : database.all('SELECT id, since FROM instances ORDER BY id');
    const newestFact = isEmpty ? undefined : database.get('SELECT max(at) AS at FROM facts');
    const newestAt = Math.max(Number(newestFact?.at ?? 0), ...rows.map(({ since }) => Number(since)));
    return {
      path: file,
      exists: true,
      ids: rows.map(({ id }) => String(id)),
      newestAt: newestAt || null,
      isOwned,
      lockFile,
    };
  } catch (error) {
    throw faultOf(error, file);
  } finally {
    database?.close();
  }
}

function isTaken(file: string): boolean {
  try {
    takeLock(file)();
    return false;
  } catch (error) {
    if (error instanceof LifecycleError && error.code === 'STORE_LOCKED') return true;
    throw new LifecycleError('STORE_UNAVAILABLE', {
      message: `${lockPath(file)} cannot be locked (${messageOf(error)}). Make it and its folder writable for this process.`,
      cause: error,
    });
  }
}
