import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DELIVERY_SQL } from './delivery-tables.js';
import { factsQuery } from './fact-tables.js';
import { QUEUE_SQL } from './queue-tables.js';
import { Database, type SqlValue } from './sqlite-database.js';
import { migrate } from './sqlite-schema.js';

describe('the plans of the queries that are asked all the time', () => {
  let database: Database;
  beforeAll(() => {
    database = new Database(':memory:');
    migrate(database, ':memory:');
  });
  afterAll(() => database.close());

  const plan = (sql: string, values: readonly SqlValue[]) =>
    database.all(`EXPLAIN QUERY PLAN ${sql}`, ...values).map(({ detail }) => String(detail));

  it.each([
    [
      'the head of a queue',
      QUEUE_SQL.places,
      ['a', 'queued', 0, null, 0, 1],
      'held=? AND waits_for=? AND seq>?',
    ],
    [
      'the items of a status',
      QUEUE_SQL.places,
      ['a', 'sent', 0, null, 0, 9],
      'held=? AND waits_for=? AND seq>?',
    ],
    ['what the next item waits for', QUEUE_SQL.nextWait, ['a', 'queued', 0, ''], 'held=? AND waits_for>?'],
  ])('%s comes from an index alone, without sorting', (_name, sql, values, rest) => {
    expect(plan(sql, values)).toEqual([
      `SEARCH items USING COVERING INDEX items_line (instance=? AND status=? AND ${rest})`,
    ]);
  });

  it('the counters of a queue are one row, found by its key', () => {
    expect(plan(QUEUE_SQL.queue, ['a'])).toEqual(['SEARCH queues USING PRIMARY KEY (instance=?)']);
  });

  it.each([
    ['number', QUEUE_SQL.byNumber, [1], 'INTEGER PRIMARY KEY (rowid=?)'],
    ['number, without its media', QUEUE_SQL.listed, [1], 'INTEGER PRIMARY KEY (rowid=?)'],
    ['id', QUEUE_SQL.byId, ['1', 'a'], 'INDEX items_id (id=?)'],
    ['id, without its media', QUEUE_SQL.listedById, ['1', 'a'], 'INDEX items_id (id=?)'],
    [
      'message key',
      QUEUE_SQL.byMessageKey,
      ['a', 'K'],
      'INDEX items_message_key (instance=? AND message_key=?)',
    ],
    ['idempotency key', QUEUE_SQL.byKey, ['a', 'k'], 'INDEX items_key (instance=? AND key=?)'],
  ])(
    'an item is found by its %s through an index, and its content by its key',
    (_name, sql, values, index) => {
      expect(plan(sql, values)).toEqual([
        `SEARCH items USING ${index}`,
        'SEARCH contents USING INTEGER PRIMARY KEY (rowid=?)',
      ]);
    },
  );

  it('pruning looks at what it removes, not at what it keeps', () => {
    expect(plan(QUEUE_SQL.removeSettled, [1])[0]).toContain('items_settled (settled_at>? AND settled_at<?)');
    expect(plan(QUEUE_SQL.forget, [1])[0]).toContain('items_key_expiry (key_expires_at<?)');
  });

  it.each([
    ['the stream', {}, 'INTEGER PRIMARY KEY (rowid>?)'],
    ['the stream of one instance', { instanceId: 'a', after: 7 }, 'INTEGER PRIMARY KEY (rowid>?)'],
    [
      'the history of one instance',
      { instanceId: 'a', types: ['instance.state'], newestFirst: true },
      'INDEX facts_history (instance=? AND number<?)',
    ],
  ] as const)('%s is read in order, without sorting', (_name, query, index) => {
    const { sql, values } = factsQuery({ ...query, limit: 9 });
    expect(plan(sql, values)).toEqual([`SEARCH facts USING ${index}`]);
  });

  it.each([
    ['the head of a lane', DELIVERY_SQL.head, ['w', 'a'], 'deliveries_lane (webhook=? AND instance=?)'],
    ['the next lane', DELIVERY_SQL.nextLane, ['w', 'a'], 'deliveries_lane (webhook=? AND instance>?)'],
    ['what stepped aside', DELIVERY_SQL.aside, ['w', 9], 'deliveries_aside (webhook=?)'],
    [
      'a page of a status',
      DELIVERY_SQL.ofStatus,
      ['w', 'dead', 9, 9],
      'deliveries_status (webhook=? AND status=? AND number<?)',
    ],
  ])('%s comes from an index alone, without sorting', (_name, sql, values, index) => {
    expect(plan(sql, values)).toEqual([`SEARCH deliveries USING COVERING INDEX ${index}`]);
  });

  it('a delivery and its fact are found by their keys', () => {
    expect(plan(DELIVERY_SQL.one, ['w', 1])).toEqual([
      'SEARCH deliveries USING PRIMARY KEY (webhook=? AND number=?)',
      'SEARCH delivered_facts USING INDEX sqlite_autoindex_delivered_facts_1 (webhook=? AND number=?)',
    ]);
  });
});
