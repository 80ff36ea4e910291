/** The looks at a process compared: what must be the same is the same, or not. */
import type { Counts, Sample } from './gauges.js';
import type { Look } from './soak-messages.js';

export type Looks = Readonly<Record<Look, Sample>>;

export interface Line {
  readonly what: string;
  readonly start: string;
  readonly end: string;
  readonly difference: string;
  readonly isKept: boolean;
}

/** By so much the heap may differ, in either direction: what is compiled and cached settles late. */
const HEAP_SHARE = 0.1;
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const percent = (share: number): string => `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;

function same(what: string, start: number, end: number): Line {
  const more = end - start;
  return {
    what,
    start: String(start),
    end: String(end),
    difference: more > 0 ? `+${more}` : String(more),
    isKept: more === 0,
  };
}

const kinds = (what: string, start: Counts, end: Counts): Line[] =>
  [...new Set([...Object.keys(start), ...Object.keys(end)])]
    .sort()
    .map((kind) => same(`${what}: ${kind}`, start[kind] ?? 0, end[kind] ?? 0));

const held = (start: Sample, end: Sample): Line[] => [
  same('timers', start.timers, end.timers),
  ...kinds('handles', start.handles, end.handles),
  ...kinds('child processes', start.children, end.children),
  ...kinds('file descriptors', start.files, end.files),
];

/** From the start to the end of the trouble. */
export function balance({ start, end }: Looks): Line[] {
  const grown = end.heap / start.heap - 1;
  const heap: Line = {
    what: 'heap after collection',
    start: mebibytes(start.heap),
    end: mebibytes(end.heap),
    difference: percent(grown),
    isKept: Math.abs(grown) <= HEAP_SHARE,
  };
  return [heap, ...held(start, end)];
}

/** From before the managers were made until they are closed. */
export const remains = ({ before, after }: Looks): Line[] => held(before, after);

/** In columns. */
export function table(lines: readonly Line[], heads: readonly [string, string]): string {
  const rows = [
    ['', ...heads, 'difference', ''],
    ...lines.map(({ what, start, end, difference, isKept }) => [
      what,
      start,
      end,
      difference,
      isKept ? 'kept' : 'VIOLATED',
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 || column === 4
            ? cell.padEnd(widths[column] ?? 0)
            : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
