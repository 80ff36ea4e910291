/**
 * The promise: an accepted message is on the disk, and many senders do not each pay for a commit. `manager.send` over the
 * SQLite store against one transaction for each insert, on the same disk, in the same process.
 */

import { type Row, rowOf } from './measuring/row.js';
import { sample } from './measuring/sample.js';
import type { Pair } from './measuring/spread.js';
import type { EnqueueFigures } from './queues/enqueue-process.js';

const PRODUCERS = [1, 50, 1000] as const;
const file = new URL('./queues/enqueue-process.ts', import.meta.url);

const WHY_MISSED =
  'A group saves only what a commit waits for the disk (see the fdatasync above), which is little here; an accepted item is more ' +
  "than the floor's one row: item with its indexes, content, queue counter and fact, plus checks, ids and a thread in between.";

export async function enqueue(pairs: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const producers of PRODUCERS) {
    const measured: Pair<number>[] = [];
    let syncUs = 0;
    for (let nth = 0; nth < pairs; nth += 1) {
      const first = nth % 2 === 0 ? 'ours' : 'floor';
      const figures = await sample<EnqueueFigures>(file, [String(producers), first]);
      measured.push(figures);
      syncUs = figures.fdatasyncUs;
    }
    rows.push(
      rowOf(
        {
          promise: 'enqueue',
          what: `durable sends, ${producers} producer${producers === 1 ? '' : 's'}`,
          unit: 'per second',
          floorName: 'SQLite, one insert a commit',
          note: `one fdatasync of this disk took ${Math.round(syncUs)} us.`,
          ...(producers === 1000 && {
            targets: [{ on: 'ratio', atLeast: 10 } as const],
            whyMissed: WHY_MISSED,
          }),
        },
        measured,
      ),
    );
  }
  return rows;
}
