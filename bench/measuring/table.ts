/** The rows as a table for a terminal. */
import type { Host } from './host.js';
import type { Row, Target, Unit } from './row.js';
import type { Spread } from './spread.js';

const digits = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(value >= 10 ? 3 : 2);

function amount(value: number, unit: Unit): string {
  if (unit === 'per second') return `${digits(value)}/s`;
  if (unit === 'bytes') return value >= 1024 ? `${(value / 1024).toFixed(1)} KiB` : `${Math.round(value)} B`;
  if (unit === 'ms' && value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${digits(value)} ${unit}`;
}

const withSpread = (spread: Spread, show: (value: number) => string): string =>
  `${show(spread.median)} (${show(spread.least)} to ${show(spread.most)})`;

function limit(target: Target, unit: Unit): string {
  if (target.on === 'ours') return `<= ${amount(target.atMost, unit)}`;
  return 'atMost' in target ? `ratio <= ${target.atMost}` : `ratio >= ${target.atLeast}`;
}

function cells(row: Row): readonly string[] {
  return [
    row.promise,
    row.what,
    withSpread(row.ours, (value) => amount(value, row.unit)),
    `${withSpread(row.floor, (value) => amount(value, row.unit))}, ${row.floorName}`,
    withSpread(row.ratio, digits),
    row.verdicts.map(({ target, met }) => `${limit(target, row.unit)}: ${met ? 'met' : 'MISSED'}`).join('; '),
  ];
}

const HEAD = ['promise', 'what', 'wakeeper', 'floor', 'ratio', 'target'];

export function tableOf(host: Host, pairs: number, rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const drawn = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  drawn.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  const versions = Object.entries(host.packages).map(([name, version]) => `${name} ${version}`);
  const notes = rows.flatMap(({ promise, what, note }) => (note ? [`${promise}, ${what}: ${note}`] : []));
  return [
    `${host.cpu}, ${host.cores} cores, ${host.memoryGiB} GiB; load before: ${host.loadBefore}`,
    `Node ${host.node}; ${versions.join(', ')} (${host.wakeeper})`,
    `Median (least to most) of ${pairs} interleaved pairs; a ratio is wakeeper / floor of the same pair.`,
    '',
    ...drawn,
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n');
}
