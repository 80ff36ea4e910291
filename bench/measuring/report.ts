/** What a run has found, in words: the same for a terminal and for the page. */
import type { Host } from './host.js';
import type { Row, Target, Unit } from './row.js';
import type { Spread } from './spread.js';

export interface Report {
  readonly host: Host;
  readonly date: string;
  readonly rows: readonly Row[];
}

const digits = (value: number): string => {
  const size = Math.abs(value);
  return size >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(size >= 1 ? 3 : 2);
};

function amount(value: number, unit: Unit): string {
  if (unit === 'per second') return `${digits(value)}/s`;
  const size = Math.abs(value);
  if (unit === 'bytes' && size >= 2 ** 20) return `${digits(value / 2 ** 20)} MiB`;
  if (unit === 'bytes') return size >= 1024 ? `${(value / 1024).toFixed(1)} KiB` : `${Math.round(value)} B`;
  if (unit === 'ms' && size >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${digits(value)} ${unit}`;
}

const withSpread = (spread: Spread, show: (value: number) => string): string =>
  `${show(spread.median)} (${show(spread.least)} to ${show(spread.most)})`;

function limit(target: Target, unit: Unit): string {
  if (target.on === 'ours') return `<= ${amount(target.atMost, unit)}`;
  return 'atMost' in target ? `ratio <= ${target.atMost}` : `ratio >= ${target.atLeast}`;
}

export interface Table {
  readonly head: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

/** Ours against the floor, a line for each row that is not one flag's. */
export const figuresOf = ({ rows }: Report): Table => ({
  head: ['promise', 'what', 'wakeeper', 'floor', 'ratio', 'pairs', 'target'],
  lines: rows
    .filter(({ flag }) => !flag)
    .map((row) => [
      row.promise,
      row.what,
      withSpread(row.ours, (value) => amount(value, row.unit)),
      `${withSpread(row.floor, (value) => amount(value, row.unit))}, ${row.floorName}`,
      withSpread(row.ratio, digits),
      String(row.pairs),
      row.verdicts
        .map(({ target, met }) => `${limit(target, row.unit)}: ${met ? 'met' : 'MISSED'}`)
        .join('; '),
    ]),
});

/** What each flag of the browser saves by itself. */
export const flagsOf = ({ rows }: Report): Table => ({
  head: ['flag', 'saves', 'of', 'kept', 'risk'],
  lines: rows.flatMap((row) =>
    row.flag
      ? [
          [
            row.what,
            withSpread(row.saved, (value) => amount(value, row.unit)),
            amount(row.floor.median, row.unit),
            row.flag.kept ? 'yes' : 'no',
            row.flag.risk,
          ],
        ]
      : [],
  ),
});

export const notesOf = ({ rows }: Report): string[] =>
  rows.flatMap(({ promise, what, floorName, note }) =>
    note ? [`${promise}, ${what}, against ${floorName}: ${note}`] : [],
  );

export function surroundingsOf({ host, date }: Report): string[] {
  const versions = Object.entries(host.packages).map(([name, version]) => `${name} ${version}`);
  const browsers = [host.chromium, host.headlessShell && `headless shell: ${host.headlessShell}`];
  return [
    `${date}: ${host.cpu}, ${host.cores} cores, ${host.memoryGiB} GiB, ${host.system}; load before: ${host.loadBefore}`,
    [`Node ${host.node}`, ...browsers.filter((one) => one !== null), ...versions, `(${host.wakeeper})`].join(
      ', ',
    ),
  ];
}

export const HOW_TO_READ =
  'Median (least to most) of the interleaved pairs of a row; a ratio is wakeeper / floor of the same pair.';
