/** `npm run bench [-- --only actors,enqueue] [--pairs 5] [--json]`: every promise against its floor, in one table. */
import { parseArgs } from 'node:util';
import { actors } from './actors.js';
import { enqueue } from './enqueue.js';
import { httpRead } from './http-read.js';
import { hostNow } from './measuring/host.js';
import type { Row } from './measuring/row.js';
import { tableOf } from './measuring/table.js';
import { timeToReady } from './time-to-ready.js';

const PROMISES: Readonly<Record<string, (pairs: number) => Promise<Row[]>>> = {
  actors,
  enqueue,
  'http-read': httpRead,
  'time-to-ready': timeToReady,
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(PROMISES).join(',') },
    pairs: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const pairs = Number(values.pairs);
if (!Number.isInteger(pairs) || pairs < 1)
  throw new Error(`--pairs takes a whole number from 1, not ${values.pairs}`);

const names = values.only.split(',');
const unknown = names.find((name) => !(name in PROMISES));
if (unknown !== undefined)
  throw new Error(`--only takes ${Object.keys(PROMISES).join(', ')}, not "${unknown}"`);

const host = hostNow();
const rows: Row[] = [];
for (const name of names) {
  process.stderr.write(`measuring ${name} ...\n`);
  try {
    rows.push(...((await PROMISES[name]?.(pairs)) ?? []));
  } catch (error) {
    // What was measured before is not lost, and this is not passed over.
    process.exitCode = 1;
    console.error(`${name} could not be measured:`, error);
  }
}
console.log(values.json ? JSON.stringify({ host, pairs, rows }, null, 2) : tableOf(host, pairs, rows));
process.exit();
