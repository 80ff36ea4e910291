/** The embedded store: a SQLite file on this machine. */

export type { SqliteStoreOptions } from './stores/sqlite/sqlite-store.js';
export { sqliteStore } from './stores/sqlite/sqlite-store.js';
