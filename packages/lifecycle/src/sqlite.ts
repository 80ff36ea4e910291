/** The embedded store: a SQLite file on this machine. */

export { networkDiskOf } from './stores/sqlite/network-disk.js';
export type { SqliteBackup, SqliteBackupOptions } from './stores/sqlite/sqlite-backup.js';
export { backupSqliteStore } from './stores/sqlite/sqlite-backup.js';
export type {
  RememberedInstance,
  RememberedMove,
  RememberedOutcome,
  RememberedSends,
  SqliteHistory,
} from './stores/sqlite/sqlite-history.js';
export { readSqliteHistory } from './stores/sqlite/sqlite-history.js';
export type { SqliteStoreOptions } from './stores/sqlite/sqlite-store.js';
export { sqliteStore } from './stores/sqlite/sqlite-store.js';
export type { StoreInspection } from './stores/sqlite/store-inspection.js';
export { inspectSqliteStore } from './stores/sqlite/store-inspection.js';
