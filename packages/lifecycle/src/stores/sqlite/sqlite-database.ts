/**
 * The way to SQLite: the API of `node:sqlite`, built into Node from 22.13 on, and the same API from an optional
 * dependency where Node lacks it. Integers come as numbers: none in the store is beyond 2^53.
 */
import { createRequire } from 'node:module';
import { LifecycleError } from '../../domain/errors.js';

export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Statement {
  run(...values: SqlValue[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}
interface Connection {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}
type Connect = new (path: string) => Connection;

/** One connection. Statements are prepared once and kept by their text, so the texts must be few. */
export class Database {
  private readonly connection: Connection;
  private readonly statements = new Map<string, Statement>();

  /** Opens the file, and makes it when it is not there. @throws what SQLite says */
  constructor(path: string) {
    this.connection = new (sqlite())(path);
  }

  exec(sql: string): void {
    this.connection.exec(sql);
  }

  /** How many rows the statement changed. */
  run(sql: string, ...values: SqlValue[]): number {
    return Number(this.statement(sql).run(...values).changes);
  }

  /** The number (rowid) of the row that the statement inserted. */
  insert(sql: string, ...values: SqlValue[]): number {
    return Number(this.statement(sql).run(...values).lastInsertRowid);
  }

  get(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.statement(sql).get(...values) as Row | undefined;
  }

  all(sql: string, ...values: SqlValue[]): readonly Row[] {
    return this.statement(sql).all(...values) as Row[];
  }

  close(): void {
    this.statements.clear();
    this.connection.close();
  }

  private statement(sql: string): Statement {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.connection.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}

let found: Connect | undefined;

/** `require`, not `import`: what is not installed is an answer here, and the constructor stays synchronous. */
function sqlite(): Connect {
  if (found) return found;
  const require = createRequire(import.meta.url);
  const causes: unknown[] = [];
  for (const name of ['node:sqlite', '@photostructure/sqlite']) {
    try {
      const module = require(name) as { readonly Database?: Connect; readonly DatabaseSync?: Connect };
      found = module.Database ?? module.DatabaseSync;
      if (found) return found;
    } catch (cause) {
      causes.push(cause);
    }
  }
  throw new LifecycleError('STORE_UNAVAILABLE', {
    message: `Node ${process.versions.node} has no SQLite built in. Use Node 22.13 or later, or install @photostructure/sqlite.`,
    cause: new AggregateError(causes),
  });
}
