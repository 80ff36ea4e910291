/** Whether AUTH_BASE_DIR has an owner, without becoming it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { messageOf } from '../../domain/errors.js';
import { DriverError } from '../../ports/driver.js';
import { lockFiles, ownerIn, sqliteModule } from './profile-lock.js';

interface Connection {
  exec(sql: string): void;
  close(): void;
}

/**
 * Who owns the folder, as "process 12 on host a"; null when nobody does. It asks for the kernel's lock for a moment: a
 * driver waits longer than that.
 * @throws DriverError PROFILE_NOT_WRITABLE
 */
export function ownerOfProfiles(authBaseDir: string): string | null {
  const directory = resolve(authBaseDir);
  const { lock, owner } = lockFiles(directory);
  if (!existsSync(lock)) return null;
  const { DatabaseSync } = createRequire(join(directory, 'any.js'))(sqliteModule()) as {
    readonly DatabaseSync: new (path: string) => Connection;
  };
  let database: Connection | undefined;
  try {
    database = new DatabaseSync(lock);
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE; ROLLBACK');
    return null;
  } catch (cause) {
    if (/lock|busy/i.test(messageOf(cause))) return ownerIn(owner);
    throw new DriverError(
      {
        code: 'PROFILE_NOT_WRITABLE',
        message: `${lock} cannot be locked (${messageOf(cause)}). Make AUTH_BASE_DIR a directory that this user can write to.`,
      },
      cause,
    );
  } finally {
    database?.close();
  }
}
