import { afterEach, beforeEach, expect, it } from 'vitest';
import { someRequest } from '../../ports/store-samples.contract.js';
import { byId, enqueue, list } from './queue-tables.js';
import { Database, type Row } from './sqlite-database.js';
import { contentRow, itemRow } from './sqlite-rows.js';
import { migrate } from './sqlite-schema.js';

/** Counts the characters that SQLite hands over. */
class CountingDatabase extends Database {
  characters = 0;

  private counted<R extends Row | undefined>(row: R): R {
    for (const value of Object.values(row ?? {}))
      this.characters += typeof value === 'string' ? value.length : 0;
    return row;
  }
  override get(...args: Parameters<Database['get']>): Row | undefined {
    return this.counted(super.get(...args));
  }
  override all(...args: Parameters<Database['all']>): readonly Row[] {
    return super.all(...args).map((row) => this.counted(row));
  }
}

const ITEMS = 50;
const data = Buffer.alloc(300_000, 1).toString('base64');

let database: CountingDatabase;
beforeEach(() => {
  database = new CountingDatabase(':memory:');
  migrate(database, ':memory:');
  for (let nth = 0; nth < ITEMS; nth += 1) {
    const content = {
      type: 'message',
      payload: { to: '49@c.us', media: { mimetype: 'image/png', data } },
    } as const;
    const request = someRequest('a', `${nth}`, { content });
    enqueue(database, itemRow(request), contentRow(request), ITEMS, []);
  }
  database.characters = 0;
});
afterEach(() => database.close());

it('a page of media items is listed without reading the media', () => {
  const listed = list(database, { instanceId: 'a', limit: 500 });
  expect(listed.map(({ payload }) => 'media' in payload && payload.media?.bytes)).toEqual(
    Array<number>(ITEMS).fill(300_000),
  );
  expect(database.characters).toBeLessThan(ITEMS * 300);
});

it('an item by itself is read with its media', () => {
  expect(byId(database, 'a', '0')?.payload).toMatchObject({ media: { data } });
  expect(database.characters).toBeGreaterThan(data.length);
});
