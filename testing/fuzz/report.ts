/** What a run has shown, as text. */
import type { FuzzReport } from './fuzz.js';

const MOST_FAULTS = 20;
const CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const;
type StatusClass = (typeof CLASSES)[number];

export interface Totals {
  readonly routes: number;
  readonly byClass: Readonly<Record<StatusClass, number>>;
}

export function totalsOf({ routes, statuses }: FuzzReport): Totals {
  const byClass = { '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 };
  for (const counts of Object.values(statuses))
    for (const [status, count] of Object.entries(counts)) {
      const name = CLASSES.find((each) => each[0] === status[0]);
      if (name) byClass[name] += count;
    }
  return { routes: Object.keys(routes).length, byClass };
}

export function reportOf(report: FuzzReport): string {
  const { seed, requests, routes, statuses, faults } = report;
  const { routes: covered, byClass } = totalsOf(report);
  const width = Math.max(...Object.keys(routes).map(({ length }) => length));
  const lines = Object.entries(routes).map(([name, count]) => {
    const each = Object.entries(statuses[name] ?? {}).map(([status, times]) => `${status}: ${times}`);
    return `${name.padEnd(width)}  ${String(count).padStart(6)}  ${each.join('  ')}`;
  });
  const shown = faults.slice(0, MOST_FAULTS).map((fault) => `  ${fault}`);
  return [
    ...lines,
    '',
    `${requests} requests to ${covered} routes, seed ${seed}: ${CLASSES.map((name) => `${byClass[name]} × ${name}`).join(', ')}.`,
    faults.length === 0
      ? `${byClass['5xx'] > 0 ? "No 5xx but the end of the caller's own wait" : 'No 5xx'}, no hang, nothing undescribed.`
      : `${faults.length} faults${faults.length > MOST_FAULTS ? `, the first ${MOST_FAULTS} of them` : ''}:`,
    ...shown,
  ].join('\n');
}
