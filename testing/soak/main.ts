/**
 * npm run soak -- --minutes N [--seed S] [--record]: prints what the process held at the start and at the end, and ends with
 * 1 when a promise was broken. With `--record` the figures go into measured.json and docs/reliability.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine } from '../fleet/machine.js';
import { spokenReport } from './report.js';
import { runSoak, type SoakReport } from './soak.js';
import { type MeasuredSoak, withSoak } from './soak-page.js';

const [PAGE, KEPT] = ['../../docs/reliability.md', './measured.json'].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
) as [string, string];

/** Compiled code and caches have settled by then. */
const WARM_UP_SECONDS = 30;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    record: { type: 'boolean', default: false },
  },
});

function record({ minutes, seed, looks, totals, tally }: SoakReport, about: string): void {
  const date = new Date().toISOString().slice(0, 10);
  const measured: MeasuredSoak = { machine: about, date, minutes, seed, looks, totals, tally };
  writeFileSync(KEPT, `${JSON.stringify(measured, null, 2)}\n`);
  writeFileSync(PAGE, withSoak(readFileSync(PAGE, 'utf8'), measured));
}

const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0) || !Number.isInteger(seed))
  throw new Error('--minutes takes a number above 0, --seed a whole number.');
const about = machine();
const began = performance.now();
const say = (line: string) => console.log(`${((performance.now() - began) / 1_000).toFixed(1)} s: ${line}`);
say(`${minutes} minutes, seed ${seed}`);
const report = await runSoak({ minutes, warmUpSeconds: WARM_UP_SECONDS, seed, say });
console.log(spokenReport(report));
process.exitCode = report.violations.length > 0 ? 1 : 0;
// Figures of a run that broke a promise are for its finder, not for the page.
if (values.record && report.violations.length === 0) record(report, about);
