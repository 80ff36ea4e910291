/**
 * What can be asked of the worker, by name: the calls of the port, each a function inside a transaction. Only `reads`
 * may be answered by an owner that was fenced off.
 */

import type { InstanceRecord } from '../../domain/instance-record.js';
import type { Webhook, WebhookStanding } from '../../domain/webhook.js';
import type { FactQuery, ItemChange, QueueQuery } from '../../ports/store.js';
import type {
  DeliveryOutcome,
  DeliveryQuery,
  DeliveryRetention,
  Lane,
  RedeliveryRange,
} from '../../ports/webhook-store.js';
import { planDeliveries } from './delivery-plan.js';
import {
  asideDeliveries,
  backlogs,
  getDelivery,
  headDeliveries,
  headDelivery,
  listDeliveries,
  pruneDeliveries,
  redeliver,
  redeliverRange,
  settleDelivery,
} from './delivery-tables.js';
import { appendFacts, lastFactNumber, listFacts, pruneFacts } from './fact-tables.js';
import { advanceInbox, beginInbox, pruneTold } from './inbox-tables.js';
import { insertInstance, loadInstances, removeInstance, saveInstance } from './instance-tables.js';
import {
  byId,
  byMessageKey,
  change,
  changeAll,
  depths,
  enqueue,
  head,
  heldCounts,
  list,
  pruneQueue,
} from './queue-tables.js';
import type { Database } from './sqlite-database.js';
import type { ContentRow, FactRow, ItemRow } from './sqlite-rows.js';
import { insertWebhook, loadWebhooks, removeWebhook, saveWebhook, standWebhook } from './webhook-tables.js';

export const READS = {
  loadInstances,
  head,
  byId,
  byMessageKey,
  list,
  depths,
  heldCounts,
  listFacts,
  lastFactNumber,
  loadWebhooks,
  headDeliveries,
  headDelivery,
  asideDeliveries,
  getDelivery,
  listDeliveries,
  backlogs,
} as const;

export const WRITES = {
  // The commit is the proof: a write that the disk did not take would fail it.
  check: (database: Database): void => void database.run('UPDATE owner SET checks = checks + 1'),
  saveInstance,
  insertInstance,
  removeInstance,
  enqueue,
  change,
  changeAll,
  pruneQueue,
  appendFacts,
  pruneFacts: (database: Database, keep: number, keepHistory: number): number => {
    planDeliveries(database);
    return pruneFacts(database, keep, keepHistory);
  },
  insertWebhook,
  saveWebhook,
  removeWebhook,
  standWebhook,
  planDeliveries: (database: Database, limit: number) => planDeliveries(database, limit),
  settleDelivery,
  redeliver,
  redeliverRange,
  pruneDeliveries,
  beginInbox,
  advanceInbox,
  pruneTold,
} as const;

type Operations = typeof READS & typeof WRITES;
export type OperationName = keyof Operations;
type WithoutDatabase<F> = F extends (database: Database, ...args: infer A) => unknown ? A : never;
export type OperationArguments<N extends OperationName> = WithoutDatabase<Operations[N]>;
export type OperationResult<N extends OperationName> = ReturnType<Operations[N]>;

/** Anything that an operation takes as an argument. */
export type OperationArgument =
  | string
  | number
  | null
  | InstanceRecord
  | ItemChange
  | readonly ItemChange[]
  | QueueQuery
  | FactQuery
  | Webhook
  | WebhookStanding
  | Lane
  | DeliveryOutcome
  | DeliveryQuery
  | RedeliveryRange
  | DeliveryRetention
  | ItemRow
  | ContentRow
  | readonly FactRow[]
  | readonly (readonly FactRow[])[]
  | readonly string[];

export interface Request {
  readonly id: number;
  /** Of the commit gate, when it was asked. */
  readonly round: number;
  readonly name: OperationName;
  readonly args: readonly OperationArgument[];
}

/** An error as it crosses the threads: structured clone would lose its code. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}
export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly fault: Fault };
