/** Instances in SQL. Every function runs inside the transaction of its caller. */
import { LifecycleError } from '../../domain/errors.js';
import type { InstanceRecord } from '../../domain/instance-record.js';
import { planDeliveries } from './delivery-plan.js';
import { appendFacts } from './fact-tables.js';
import { removeInbox } from './inbox-tables.js';
import type { Database, Row } from './sqlite-database.js';
import { fromJson, toJson } from './sqlite-json.js';
import type { FactRow } from './sqlite-rows.js';

const COLUMNS =
  'id, wanted, state, detail, since, reason, generation, restarts, attempts, last_error, paired, me, account, expected_account, is_behind, restriction, labels, proxy, created_at';
const INSERT = `INTO instances (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export const loadInstances = (database: Database): readonly InstanceRecord[] =>
  database.all(`SELECT ${COLUMNS} FROM instances ORDER BY id`).map(recordOf);

export function saveInstance(
  database: Database,
  record: InstanceRecord,
  facts: readonly FactRow[],
): readonly number[] {
  database.run(`REPLACE ${INSERT}`, ...valuesOf(record));
  return appendFacts(database, facts);
}

export function insertInstance(
  database: Database,
  record: InstanceRecord,
  facts: readonly FactRow[],
): readonly number[] {
  if (database.run(`INSERT OR IGNORE ${INSERT}`, ...valuesOf(record)) === 0) {
    throw new LifecycleError('INSTANCE_EXISTS', { message: `There is an instance ${record.id} already.` });
  }
  return appendFacts(database, facts);
}

export function removeInstance(
  database: Database,
  instanceId: string,
  facts: readonly FactRow[],
): readonly number[] {
  planDeliveries(database);
  database.run('DELETE FROM instances WHERE id = ?', instanceId);
  // Items and contents go with their queue.
  database.run('DELETE FROM queues WHERE instance = ?', instanceId);
  database.run(`DELETE FROM facts WHERE instance = ? AND type = 'instance.state'`, instanceId);
  removeInbox(database, instanceId);
  return appendFacts(database, facts);
}

const valuesOf = (record: InstanceRecord) => [
  record.id,
  record.wanted,
  record.state,
  record.detail,
  record.since,
  record.reason,
  record.generation,
  toJson(record.restarts),
  record.attempts,
  record.lastError && toJson(record.lastError),
  Number(record.paired),
  record.me && toJson(record.me),
  record.account && toJson(record.account),
  record.expectedAccount,
  Number(record.isBehind),
  record.restriction && toJson(record.restriction),
  toJson(record.labels),
  record.proxy,
  record.createdAt,
];

const recordOf = (row: Row): InstanceRecord =>
  ({
    id: row.id,
    wanted: row.wanted,
    state: row.state,
    detail: row.detail,
    since: row.since,
    reason: row.reason,
    generation: row.generation,
    restarts: fromJson(row.restarts),
    attempts: row.attempts,
    lastError: fromJson(row.last_error),
    paired: row.paired === 1,
    me: fromJson(row.me),
    account: fromJson(row.account),
    expectedAccount: row.expected_account,
    isBehind: row.is_behind === 1,
    restriction: fromJson(row.restriction),
    labels: fromJson(row.labels),
    proxy: row.proxy,
    createdAt: row.created_at,
  }) as InstanceRecord;
