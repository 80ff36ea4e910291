/** What SQLite's errors mean to a caller, and what to do about each. */
import { isLifecycleError, LifecycleError, messageOf } from '../../domain/errors.js';

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const TOOBIG = 18;
const CONSTRAINT = 19;
const NOTADB = 26;

/** SQLite's words, for the binding on Node 20: what `all` throws there carries no code. */
const CODES_BY_WORDS: ReadonlyMap<string, number> = new Map([
  ['database is locked', BUSY],
  ['attempt to write a readonly database', READONLY],
  ['disk I/O error', IOERR],
  ['database disk image is malformed', CORRUPT],
  ['database or disk is full', FULL],
  ['unable to open database file', CANTOPEN],
  ['file is not a database', NOTADB],
]);
const UNKNOWN = -1;

/** SQLite's primary result code, or undefined when SQLite did not throw it. */
export function resultCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'ERR_SQLITE_ERROR')
    return undefined;
  if ('errcode' in thrown && typeof thrown.errcode === 'number') return thrown.errcode & 0xff;
  return CODES_BY_WORDS.get(thrown.message) ?? UNKNOWN;
}

export const isBusy = (thrown: unknown): boolean => {
  const code = resultCode(thrown);
  return code === BUSY || code === LOCKED;
};

/** True when the transaction as a whole has failed, and not only the statement at hand. */
export function breaksTransaction(thrown: unknown): boolean {
  const code = resultCode(thrown);
  return code !== undefined && code !== CONSTRAINT && code !== TOOBIG;
}

/** The error that a caller gets, whatever was thrown. */
export function faultOf(thrown: unknown, path: string): LifecycleError {
  if (isLifecycleError(thrown)) return thrown;
  const code = resultCode(thrown);
  if (code === NOTADB) {
    return new LifecycleError('STORE_SCHEMA', {
      message: `${path} is not a wakeeper database. Move it away, or give the store another path.`,
      details: { path },
      cause: thrown,
    });
  }
  return new LifecycleError('STORE_UNAVAILABLE', {
    message: `${sentenceOf(code, path)} (${messageOf(thrown)})`,
    details: { path, sqlite: code ?? null },
    cause: thrown,
  });
}

function sentenceOf(code: number | undefined, path: string): string {
  switch (code) {
    case FULL:
      return `The disk of ${path} is full. Free some space: the store then works again by itself.`;
    case IOERR:
      return `The disk of ${path} fails. Look at its health, quota and limits: the store works again as soon as it can be written.`;
    case READONLY:
      return `${path} is read-only. Make the file, its folder and its disk writable for this process.`;
    case CANTOPEN:
      return `${path} cannot be opened. See that its folder can be read and written by this process.`;
    case BUSY:
    case LOCKED:
      return `Another program is working on ${path}. Close it: one process owns the store.`;
    case CORRUPT:
      return `${path} is damaged. Stop, keep a copy of it, and go back to a backup.`;
    default:
      return `The store ${path} has failed.`;
  }
}
