/**
 * One owner: an exclusive transaction held on a file of its own. The kernel drops it with the process that holds it,
 * however that ends. A POSIX lock is also dropped when other code in the same process opens and closes the file, so
 * nothing else ever opens this one; the epoch guards the writes besides.
 */
import { LifecycleError } from '../../domain/errors.js';
import { Database } from './sqlite-database.js';
import { isBusy } from './sqlite-fault.js';

export const lockPath = (path: string): string => `${path}.lock`;

/** Returns what gives the lock up. @throws LifecycleError `STORE_LOCKED` when another store holds it. */
export function takeLock(path: string): () => void {
  const file = lockPath(path);
  const database = new Database(file);
  try {
    database.exec('PRAGMA busy_timeout = 0');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw cause;
    throw new LifecycleError('STORE_LOCKED', {
      message: `${path} is in use: another process, or another store in this one, holds ${file}. Stop it (fuser shows who it is), or give this store another path. Deleting the lock file does not help.`,
      details: { path, lock: file },
      cause,
    });
  }
  return () => database.close();
}
