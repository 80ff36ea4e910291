/** The table of docs/reliability.md, made of the fault table and of what the hazards suite has measured. */
import { withSection } from '../../scripts/page-section.js';
import { type FaultKey, type FaultRow, faultTable } from './fault-table.js';
import type { Measurement } from './measurement.js';
import { FULL, inWords, SHORT } from './scale.js';

export type MeasuredFault = Measurement & { readonly fault: FaultKey };
export interface Measured {
  /** Processor, cores, load, versions. */
  readonly machine: string;
  readonly date: string;
  readonly runs: number;
  /** Of the full size, not of that of `npm test`. */
  readonly isFull: boolean;
  readonly faults: readonly MeasuredFault[];
}

const HEAD = [
  '| fault | what is seen, and what bounds it | seen after | what the instance does | ready again after | restarts spent | accepted: lost, uncertain | held by |',
  '|---|---|---|---|---|---|---|---|',
];

const time = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
const largest = (numbers: readonly number[]): number => Math.max(...numbers);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function measuredCells(runs: readonly MeasuredFault[]): Record<'seen' | 'back' | 'spent' | 'lost', string> {
  if (runs.length === 0)
    return { seen: 'not measured', back: 'not measured', spent: '', lost: 'see the test' };
  const seen = runs.flatMap(({ seenMs }) => (seenMs === null ? [] : [seenMs]));
  return {
    seen: seen.length === 0 ? '' : time(largest(seen)),
    back: time(largest(runs.map(({ backMs }) => backMs))),
    spent: String(largest(runs.map(({ spent }) => spent))),
    lost: `${sum(runs.map(({ accepted }) => accepted))}: none, ${sum(runs.map(({ uncertain }) => uncertain))}`,
  };
}

function line(row: FaultRow, runs: readonly MeasuredFault[]): string {
  const { seen, back, spent, lost } = measuredCells(runs);
  const tests = row.tests.map(([file, name]) => `[${name}](../${file})`).join('; ');
  return `| ${[row.fault, row.seen, seen, row.does, back, spent, lost, tests].join(' | ')} |`;
}

/** The page with the table in its place, the rest as it is. @throws Error when the page has no place for it */
export function withFaults(page: string, { machine, date, runs, isFull, faults }: Measured): string {
  const keys = Object.keys(faultTable) as FaultKey[];
  return withSection(page, 'faults', [
    `Measured on ${date} on ${machine}; the largest of ${runs} ${runs === 1 ? 'run' : 'runs'}, numbers of messages over all of them. Sizes: ${inWords(isFull ? FULL : SHORT)}.`,
    '',
    ...HEAD,
    ...keys.map((key) =>
      line(
        faultTable[key],
        faults.filter(({ fault }) => fault === key),
      ),
    ),
  ]);
}
