/**
 * The store of one machine: a SQLite file, owned by one process, written by one thread with group commit.
 * This room keeps the port's promises towards the caller; the SQL lives in the thread (sqlite-worker.ts).
 */
import { resolve } from 'node:path';
import { LifecycleError } from '../../domain/errors.js';
import type { Store } from '../../ports/store.js';
import { SqliteChannel } from './sqlite-channel.js';

export interface SqliteStoreOptions {
  /** The database file; it and its folders are made when missing. On a local disk: network file systems lose locks. */
  readonly path: string;
  /** A request that has waited so long is rejected, and not done. Default 10,000: twice what SQLite waits for a lock. */
  readonly deadlineMs?: number;
  /** A commit that takes so long ends the store's thread: the disk is gone. Default 30,000: slow disks stall for seconds. */
  readonly commitDeadlineMs?: number;
}

/**
 * Durable: a call that resolved is on the disk.
 * @example const store = sqliteStore({ path: './data/wakeeper.db' }); await store.open();
 */
export function sqliteStore({
  path,
  deadlineMs = 10_000,
  commitDeadlineMs = 30_000,
}: SqliteStoreOptions): Store {
  const file = resolve(path);
  let channel: SqliteChannel | undefined;
  let closing: Promise<void> | undefined;
  const ask: SqliteChannel['ask'] = async (name, ...args) => {
    if (!channel)
      throw new LifecycleError('STORE_UNAVAILABLE', {
        message: `The store ${file} is not open. Call open() first.`,
      });
    return channel.ask(name, ...args);
  };
  const end = async (ended: SqliteChannel | undefined) => {
    await ended?.close();
    if (channel === ended) channel = undefined;
  };
  return {
    open: async () => {
      if (channel) {
        throw new LifecycleError('STORE_LOCKED', {
          message: `The store ${file} is open already. Close it before opening it again.`,
        });
      }
      const opening = new SqliteChannel({ path: file, deadlineMs, commitDeadlineMs });
      channel = opening;
      try {
        return { epoch: await opening.opened };
      } catch (error) {
        await end(opening);
        throw error;
      }
    },
    close: () => {
      closing ??= end(channel).finally(() => {
        closing = undefined;
      });
      return closing;
    },
    check: () => ask('check'),
    instances: {
      load: () => ask('loadInstances'),
      save: (record, facts) => ask('saveInstance', record, facts),
      insert: (record, facts) => ask('insertInstance', record, facts),
      remove: (instanceId, facts) => ask('removeInstance', instanceId, facts),
    },
    queue: {
      enqueue: (request, facts) => ask('enqueue', request, facts),
      head: (instanceId) => ask('head', instanceId),
      change: (change, facts) => ask('change', change, facts),
      get: (instanceId, id) => ask('byId', instanceId, id),
      byMessageKey: (instanceId, messageKey) => ask('byMessageKey', instanceId, messageKey),
      list: (query) => ask('list', query),
      depths: () => ask('depths'),
      prune: (settledBefore, now) => ask('pruneQueue', settledBefore, now),
    },
    facts: {
      append: (facts) => ask('appendFacts', facts),
      list: (query) => ask('listFacts', query),
      lastNumber: () => ask('lastFactNumber'),
      prune: (keep, keepHistory) => ask('pruneFacts', keep, keepHistory),
    },
  };
}
