/**
 * The promise: an accepted message is on the disk, and many senders do not each pay for a commit. `manager.send` over the
 * SQLite store against the same store with one commit for each message, and against the least that SQLite can do.
 */

import { type Row, rowOf } from './measuring/row.js';
import { sample } from './measuring/sample.js';
import type { EnqueueFigures } from './queues/enqueue-process.js';

const PRODUCERS = [1, 50, 1000] as const;
const file = new URL('./queues/enqueue-process.ts', import.meta.url);

const WHY_MISSED =
  'A group saves what a commit takes (see the fdatasync above); where the disk is that quick, the work of a message itself, which ' +
  'both sides do, is what is left.';

export async function enqueue(pairs: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const producers of PRODUCERS) {
    const measured: EnqueueFigures[] = [];
    for (let nth = 0; nth < pairs; nth += 1)
      measured.push(
        await sample<EnqueueFigures>(file, [String(producers), nth % 2 === 0 ? 'ours' : 'floors']),
      );
    const note = `one fdatasync of this disk took ${Math.round(measured.at(-1)?.fdatasyncUs ?? 0)} us.`;
    const promise = 'enqueue';
    const what = `durable sends, ${producers} producer${producers === 1 ? '' : 's'}`;
    const unit = 'per second';
    rows.push(
      rowOf(
        {
          promise,
          what,
          unit,
          note,
          floorName: "the store's own single commits",
          ...(producers === 1000 && {
            targets: [{ on: 'ratio', atLeast: 10 } as const],
            whyMissed: WHY_MISSED,
          }),
        },
        measured.map(({ ours, oneByOne }) => ({ ours, floor: oneByOne })),
      ),
      rowOf(
        { promise, what, unit, note, floorName: 'SQLite, one insert a commit' },
        measured.map(({ ours, bareInsert }) => ({ ours, floor: bareInsert })),
      ),
    );
  }
  return rows;
}
