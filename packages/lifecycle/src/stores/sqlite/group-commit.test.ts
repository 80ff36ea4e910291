import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageFact, someRequest } from '../../ports/store-samples.contract.js';
import { CommitGate } from './commit-gate.js';
import { GroupCommit } from './group-commit.js';
import { Database } from './sqlite-database.js';
import type { Answer, Request } from './sqlite-operations.js';
import { contentRow, factRows, type ItemRow, itemRow } from './sqlite-rows.js';
import { migrate } from './sqlite-schema.js';

describe('a group commit', () => {
  let database: Database;
  let gate: CommitGate;
  let group: GroupCommit;
  let lastId = 0;
  beforeEach(() => {
    database = new Database(':memory:');
    database.exec('PRAGMA foreign_keys = ON');
    migrate(database, ':memory:');
    gate = new CommitGate();
    group = new GroupCommit(database, ':memory:', 0, gate);
  });
  afterEach(() => database.close());

  const ask = (name: Request['name'], ...args: Request['args']): Request => ({
    id: ++lastId,
    round: gate.round,
    name,
    args,
  });
  const enqueue = (id: string, act = () => {}) => {
    const request = someRequest('a', id);
    return ask(
      'enqueue',
      acting(itemRow(request), act),
      contentRow(request),
      200,
      factRows([messageFact('a', id)]),
    );
  };
  /** A row that does something in the middle of its request: when it is read. */
  const acting = (row: ItemRow, act: () => void): ItemRow =>
    new Proxy(row, {
      get: (of, name) => {
        if (name === '2') act();
        return Reflect.get(of, name);
      },
    });
  function run(...batch: Request[]): readonly Answer[] {
    const told: Answer[] = [];
    group.run(batch, (answers) => told.push(...answers));
    return told;
  }
  const stored = () => database.all('SELECT id, seq FROM items ORDER BY seq').map(({ id }) => id);
  const facts = () => database.get('SELECT count(*) AS facts FROM facts')?.facts;

  it('answers each request in its turn', () => {
    const batch = [enqueue('1'), ask('head', 'a'), enqueue('1'), enqueue('2'), ask('lastFactNumber')];
    expect(run(...batch)).toMatchObject([
      { id: batch[0]?.id, value: { outcome: 'queued', depth: 1 } },
      { id: batch[1]?.id, value: { id: '1' } },
      { id: batch[2]?.id, fault: { code: 'INVALID_INPUT' } },
      { id: batch[3]?.id, value: { outcome: 'queued', depth: 2, numbers: [2] } },
      { id: batch[4]?.id, value: 2 },
    ]);
    expect(stored()).toEqual(['1', '2']);
  });

  it('refuses every request of a commit that fails, and writes nothing of them', () => {
    run(enqueue('before'));
    const spoil = () => {
      database.exec('PRAGMA defer_foreign_keys = ON');
      database.exec(`INSERT INTO contents (number, content) VALUES (99, 'no item')`);
    };
    const answers = run(enqueue('1'), enqueue('2', spoil), ask('head', 'a'));
    expect(answers).toHaveLength(3);
    for (const answer of answers) expect(answer).toMatchObject({ fault: { code: 'STORE_UNAVAILABLE' } });
    expect(stored()).toEqual(['before']);
    expect(facts()).toBe(1);
    expect(run(enqueue('after'))).toMatchObject([{ value: { seq: 2, numbers: [2] } }]);
  });

  it('does nothing of what was given up before its turn', () => {
    const late = enqueue('late');
    expect(gate.giveUp()).toBe(true);
    const fresh = enqueue('fresh');
    expect(run(late, fresh).map(({ id }) => id)).toEqual([fresh.id]);
    expect(stored()).toEqual(['fresh']);
  });

  it('takes back what was given up in the middle of the transaction', () => {
    expect(
      run(
        enqueue('1'),
        enqueue('2', () => gate.giveUp()),
      ),
    ).toEqual([]);
    expect(stored()).toEqual([]);
    expect(run(enqueue('3'))).toMatchObject([{ value: { seq: 1, numbers: [1] } }]);
  });

  it('cannot be given up between the commit and its answers', () => {
    const batch = [enqueue('1')];
    let givenUp: boolean | undefined;
    group.run(batch, () => {
      givenUp = gate.giveUp();
    });
    expect(givenUp).toBe(false);
    expect(stored()).toEqual(['1']);
    expect(gate.giveUp()).toBe(true);
  });

  it('answers reads while there is no right to write', () => {
    run(enqueue('1'));
    database.exec('PRAGMA query_only = ON');
    expect(run(enqueue('2'))).toMatchObject([
      { fault: { code: 'STORE_UNAVAILABLE', message: expect.stringMatching('read-only') } },
    ]);
    expect(run(ask('head', 'a'))).toMatchObject([{ value: { id: '1' } }]);
    database.exec('PRAGMA query_only = OFF');
    expect(run(enqueue('2'))).toMatchObject([{ value: { depth: 2 } }]);
  });

  it('keeps the counted depth equal to what is there, through every change of status', () => {
    run(enqueue('1'), enqueue('2'), enqueue('3'));
    const statuses = [
      'sending',
      'uncertain',
      'queued',
      'sent',
      'sending',
      'failed',
      'expired',
      'queued',
      'cancelled',
    ] as const;
    for (const status of statuses) {
      run(ask('change', { instanceId: 'a', id: '2', from: [...statuses], status }, []));
      const counted = database.get(
        `SELECT count(*) AS open FROM items WHERE status IN ('queued', 'sending')`,
      )?.open;
      expect(database.get('SELECT depth FROM queues')?.depth).toBe(counted);
    }
  });
});
