/**
 * The promise: facts leave by one stream, durable first. Messages that come in at 100 ready instances, from the moment the
 * driver hears them until ten subscribers have heard each, against an EventEmitter with ten listeners and no store. The
 * memory store shows what the stream and its bookkeeping cost, SQLite what durability adds.
 */
import type { EventFigures, EventKind } from './events/event-process.js';
import { type Row, rowOf } from './measuring/row.js';
import { sample } from './measuring/sample.js';
import { interleaved } from './measuring/spread.js';

const measure = (kind: EventKind): Promise<number> =>
  sample<EventFigures>(new URL('./events/event-process.ts', import.meta.url), [kind]).then(
    ({ perSecond }) => perSecond,
  );

const STORES = { memory: 'memory store', sqlite: 'SQLite store' } as const;

export async function events(pairs: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of ['memory', 'sqlite'] as const) {
    const measured = await interleaved(
      pairs,
      () => measure(kind),
      () => measure('emitter'),
    );
    rows.push(
      rowOf(
        {
          promise: 'events',
          what: `messages received, 10 subscribers, ${STORES[kind]}`,
          unit: 'per second',
          floorName: 'EventEmitter, 10 listeners',
          note: 'an emitter calls functions and keeps nothing; a fact of ours has been numbered, written and committed before anybody hears it.',
        },
        measured,
      ),
    );
  }
  return rows;
}
