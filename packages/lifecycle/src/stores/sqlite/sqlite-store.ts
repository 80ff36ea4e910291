/**
 * The store of one machine: a SQLite file, owned by one process, written by one thread with group commit.
 * This room keeps the port's promises towards the caller; the SQL lives in the thread (sqlite-worker.ts).
 */
import { resolve } from 'node:path';
import { LifecycleError } from '../../domain/errors.js';
import type { Fact, FactDraft } from '../../domain/fact.js';
import { acceptedItem } from '../../ports/accepted-item.js';
import type { Store } from '../../ports/store.js';
import { SqliteChannel } from './sqlite-channel.js';
import { contentRow, factRows, itemRow, numbered } from './sqlite-rows.js';

export interface SqliteStoreOptions {
  /** The database file; it and its folders are made when missing. On a local disk: network file systems lose locks. */
  readonly path: string;
  /** A request that has waited so long is rejected, and not done. Default 10,000, twice what SQLite waits for a lock, or commitDeadlineMs where that is less. */
  readonly deadlineMs?: number;
  /** A commit that takes so long ends the store (`lost`): the disk is gone. Default 30,000: slow disks stall for seconds. */
  readonly commitDeadlineMs?: number;
}

/**
 * Durable: a call that resolved is on the disk.
 * @example const store = sqliteStore({ path: './data/wakeeper.db' }); await store.open();
 */
export function sqliteStore({
  path,
  commitDeadlineMs = 30_000,
  deadlineMs = Math.min(10_000, commitDeadlineMs),
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
        return { epoch: await opening.opened, lost: opening.lost };
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
      save: async (record, facts) => numbered(facts, await ask('saveInstance', record, factRows(facts))),
      insert: async (record, facts) => numbered(facts, await ask('insertInstance', record, factRows(facts))),
      remove: async (instanceId, facts) =>
        numbered(facts, await ask('removeInstance', instanceId, factRows(facts))),
    },
    queue: {
      enqueue: async (request, facts) => {
        const { maxQueueSize } = request;
        const rows = [itemRow(request), contentRow(request), maxQueueSize, factRows(facts)] as const;
        const result = await ask('enqueue', ...rows);
        if (result.outcome !== 'queued') return result;
        const { outcome, seq, depth, numbers } = result;
        return { outcome, item: acceptedItem(request, seq), depth, facts: numbered(facts, numbers) };
      },
      head: (instanceId, without = []) => ask('head', instanceId, without),
      change: async (change, facts) => {
        const changed = await ask('change', change, factRows(facts));
        return changed && { item: changed.item, facts: numbered(facts, changed.numbers) };
      },
      changeAll: async (instanceId, changes) => {
        const asked = changes.map(({ change }) => ({ ...change, instanceId }));
        const { items, numbers } = await ask(
          'changeAll',
          asked,
          changes.map(({ facts }) => factRows(facts)),
        );
        const told = changes.flatMap(({ facts }, index) => {
          const given = numbers[index];
          return given ? numbered(facts, given) : [];
        });
        return { items, facts: told };
      },
      get: (instanceId, id) => ask('byId', instanceId, id),
      byMessageKey: (instanceId, messageKey) => ask('byMessageKey', instanceId, messageKey),
      list: (query) => ask('list', query),
      depths: () => ask('depths'),
      heldCounts: () => ask('heldCounts'),
      prune: (settledBefore, now) => ask('pruneQueue', settledBefore, now),
    },
    facts: {
      append: async (facts) => numbered(facts, await ask('appendFacts', factRows(facts))),
      list: (query) => ask('listFacts', query),
      lastNumber: () => ask('lastFactNumber'),
      prune: (keep, keepHistory) => ask('pruneFacts', keep, keepHistory),
    },
    inbox: {
      begin: (instanceId, account, now, alias = null) => ask('beginInbox', instanceId, account, now, alias),
      advance: (instanceId, heardUntil) => ask('advanceInbox', instanceId, heardUntil),
      prune: (toldBefore) => ask('pruneTold', toldBefore),
    },
    webhooks: {
      load: () => ask('loadWebhooks'),
      insert: (webhook, standing) => ask('insertWebhook', webhook, standing),
      save: (webhook) => ask('saveWebhook', webhook),
      remove: async (webhookId, facts) =>
        toldOf(facts, await ask('removeWebhook', webhookId, factRows(facts))),
      stand: async (webhookId, standing, facts) =>
        toldOf(facts, await ask('standWebhook', webhookId, standing, factRows(facts))),
      plan: (limit) => ask('planDeliveries', limit),
      heads: (webhookId) => ask('headDeliveries', webhookId),
      head: (lane) => ask('headDelivery', lane),
      aside: (webhookId, limit) => ask('asideDeliveries', webhookId, limit),
      settle: async (outcome, facts) => toldOf(facts, await ask('settleDelivery', outcome, factRows(facts))),
      get: (webhookId, number) => ask('getDelivery', webhookId, number),
      list: (query) => ask('listDeliveries', query),
      redeliver: (webhookId, number) => ask('redeliver', webhookId, number),
      redeliverRange: (range) => ask('redeliverRange', range),
      backlogs: () => ask('backlogs'),
      prune: (retention) => ask('pruneDeliveries', retention),
    },
  };
}

const toldOf = (drafts: readonly FactDraft[], numbers: readonly number[] | null): readonly Fact[] | null =>
  numbers && numbered(drafts, numbers);
