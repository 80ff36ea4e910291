/** Facts in SQL. Every function runs inside the transaction of its caller. */
import type { Fact } from '../../domain/fact.js';
import type { FactQuery } from '../../ports/store.js';
import { tellOnce } from './inbox-tables.js';
import type { Database, Row, SqlValue } from './sqlite-database.js';
import { fromJson, toJson } from './sqlite-json.js';
import type { FactRow } from './sqlite-rows.js';

const INSERT = 'INSERT INTO facts (instance, type, at, body) VALUES (?, ?, ?, ?)';

/**
 * The numbers of the facts, in their order; 0 for one that was told before. AUTOINCREMENT gives them: never the same
 * number twice, and a refused write gives its numbers back.
 */
export const appendFacts = (database: Database, facts: readonly FactRow[]): readonly number[] =>
  facts.map(([instance, type, at, body, key, heardUntil]) => {
    if (key !== undefined && !tellOnce(database, instance, { key, at, heardUntil: heardUntil ?? null }))
      return 0;
    return database.insert(INSERT, instance, type, at, body);
  });

export const lastFactNumber = (database: Database): number =>
  Number(database.get(`SELECT seq FROM sqlite_sequence WHERE name = 'facts'`)?.seq ?? 0);

export function listFacts(database: Database, query: FactQuery): readonly Fact[] {
  const { sql, values } = factsQuery(query);
  return database.all(sql, ...values).map(factOf);
}

/** The text of the query is one of a few; its plan never sorts (see sqlite-plans.test.ts). */
export function factsQuery({ instanceId, types, after, limit, newestFirst = false }: FactQuery): {
  readonly sql: string;
  readonly values: readonly SqlValue[];
} {
  const where = [newestFirst ? 'number < ?' : 'number > ?'];
  const values: SqlValue[] = [after ?? (newestFirst ? Number.MAX_SAFE_INTEGER : 0)];
  if (instanceId !== undefined) {
    where.push('instance = ?');
    values.push(instanceId);
  }
  if (types?.length === 1 && types[0] === 'instance.state') {
    // As a literal it lets SQLite see that the history's own index will do.
    where.push(`type = 'instance.state'`);
  } else if (types) {
    where.push('type IN (SELECT value FROM json_each(?))');
    values.push(toJson(types));
  }
  const order = newestFirst ? 'DESC' : 'ASC';
  return {
    sql: `SELECT number, instance, type, at, body FROM facts WHERE ${where.join(' AND ')} ORDER BY number ${order} LIMIT ?`,
    values: [...values, limit],
  };
}

/** The caller has planned the deliveries of what is removed. */
export function pruneFacts(database: Database, keep: number, keepHistory: number): number {
  const newestOld = database.get(
    'SELECT number FROM facts ORDER BY number DESC LIMIT 1 OFFSET ?',
    keep,
  )?.number;
  if (newestOld === undefined || newestOld === null) return 0;
  const passing = database.run(`DELETE FROM facts WHERE number <= ? AND type <> 'instance.state'`, newestOld);
  const history = database.run(
    `DELETE FROM facts WHERE number IN (
      SELECT number FROM (
        SELECT number, row_number() OVER (PARTITION BY instance ORDER BY number DESC) AS rank
        FROM facts WHERE type = 'instance.state'
      ) WHERE rank > ? AND number <= ?
    )`,
    keepHistory,
    newestOld,
  );
  return passing + history;
}

export const factOf = (row: Row): Fact =>
  ({
    type: row.type,
    instanceId: row.instance,
    at: row.at,
    body: fromJson(row.body),
    number: row.number,
  }) as Fact;
