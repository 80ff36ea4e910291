/**
 * `npm run bench [-- --only actors,enqueue] [--pairs 5] [--json]`: every promise against its floor, in one table. `--write`
 * writes what it found into docs/benchmarks.md, too; `--page` measures nothing and writes that page again.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { actors } from './actors.js';
import { enqueue } from './enqueue.js';
import { events } from './events.js';
import { httpRead } from './http-read.js';
import { httpSend } from './http-send.js';
import { hostNow } from './measuring/host.js';
import { withFigures } from './measuring/page.js';
import type { Report } from './measuring/report.js';
import type { Row } from './measuring/row.js';
import { tableOf } from './measuring/table.js';
import { memory } from './memory.js';
import { restore } from './restore.js';
import { timeToReady } from './time-to-ready.js';

interface Promised {
  readonly measure: (pairs: number) => Promise<Row[]>;
  /** Unless `--pairs` says otherwise. */
  readonly pairs: number;
}

const PROMISES: Readonly<Record<string, Promised>> = {
  actors: { measure: actors, pairs: 5 },
  events: { measure: events, pairs: 5 },
  enqueue: { measure: enqueue, pairs: 5 },
  'http-read': { measure: httpRead, pairs: 5 },
  'http-send': { measure: httpSend, pairs: 5 },
  'time-to-ready': { measure: timeToReady, pairs: 40 },
  restore: { measure: restore, pairs: 5 },
  memory: { measure: memory, pairs: 5 },
};
const ALL = Object.keys(PROMISES).join(',');

const KEPT = new URL('./measured.json', import.meta.url);
const PAGE = new URL('../docs/benchmarks.md', import.meta.url);

const writePage = (report: Report) => writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), report));

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: ALL },
    pairs: { type: 'string' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
  },
});

if (values.page) {
  writePage(JSON.parse(readFileSync(KEPT, 'utf8')) as Report);
  process.exit();
}

const given = values.pairs === undefined ? undefined : Number(values.pairs);
if (given !== undefined && (!Number.isInteger(given) || given < 1))
  throw new Error(`--pairs takes a whole number from 1, not ${values.pairs}`);
const names = values.only.split(',');
const unknown = names.find((name) => !(name in PROMISES));
if (unknown !== undefined) throw new Error(`--only takes ${ALL}, not "${unknown}"`);
if (values.write && values.only !== ALL)
  throw new Error('--write takes no --only: all figures of the page are of one run.');

const host = hostNow();
const rows: Row[] = [];
for (const name of names) {
  const promised = PROMISES[name];
  if (!promised) continue;
  process.stderr.write(`measuring ${name} ...\n`);
  try {
    const found = await promised.measure(given ?? promised.pairs);
    rows.push(...found);
    // A page without them would look as if nothing had been promised.
    if (found.length === 0 && values.write) process.exitCode = 1;
  } catch (error) {
    // What was measured before is not lost, and this is not passed over.
    process.exitCode = 1;
    console.error(`${name} could not be measured:`, error);
  }
}
const report: Report = { host, date: new Date().toISOString().slice(0, 10), rows };
console.log(values.json ? JSON.stringify(report, null, 2) : tableOf(report));
if (values.write && process.exitCode) console.error('Not everything was measured: nothing is written.');
else if (values.write) {
  writeFileSync(KEPT, `${JSON.stringify(report, null, 2)}\n`);
  writePage(report);
}
process.exit();
