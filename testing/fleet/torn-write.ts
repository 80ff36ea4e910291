/** A browser that is killed in the middle of a write, in the one moment in hundreds of kills that this really takes. */
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where Chromium keeps what the page has of its pairing, below a profile. */
export const INDEXED_DB = 'Default/IndexedDB/https_web.whatsapp.com_0.indexeddb.leveldb';
export const LOCAL_STORAGE = 'Default/Local Storage/leveldb';

/** The log that a LevelDB database writes to. @throws Error where there is none */
export function logOf(profile: string, database = INDEXED_DB): string {
  const folder = join(profile, database);
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
  const newest = logs.sort().at(-1);
  if (newest === undefined) throw new Error(`${folder} has no log.`);
  return join(folder, newest);
}

/** As a kill leaves it between the two writes that make a record: the header is there, the 100 bytes it announces are not. */
export function tear(log: string): void {
  appendFileSync(log, Buffer.from([1, 2, 3, 4, 100, 0, 1]));
}
