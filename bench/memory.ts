/**
 * The promise: a further instance takes less memory than the library's defaults give it, and no wall inside the browser was
 * taken away for it. PSS of the whole tree of processes with one instance more, less without it; the page holds 100 MB of
 * ballast, as a real account's does. Against the unmodified library with its own flags, in the same process.
 */
import { LEAN_ARGS } from './lifecycle-internals.js';
import { chromiumFor, HEADLESS_SHELL } from './measuring/browsers.js';
import { type Row, rowOf } from './measuring/row.js';
import { sample } from './measuring/sample.js';
import type { Pair } from './measuring/spread.js';
import { CANDIDATES } from './memory/browser-flags.js';
import type { MemoryFigures, MemoryRound } from './memory/memory-process.js';

/** A round is a dozen browsers, each given some seconds to settle. */
const ROUND_DEADLINE_MS = 600_000;
const file = new URL('./memory/memory-process.ts', import.meta.url);
const text = { promise: 'memory', unit: 'bytes', floorName: 'whatsapp-web.js with its defaults' } as const;

const WHY_MISSED =
  'what is left is the page itself with its ballast, and processes that keep a page, the network and the browser apart: those stay.';

export async function memory(pairs: number): Promise<Row[]> {
  const chromium = chromiumFor('memory');
  if (chromium === null) return [];
  if (HEADLESS_SHELL === null)
    process.stderr.write(
      'The headless shell is not measured: there is none; scripts/setup.sh --headless-shell\n',
    );
  const rounds: MemoryFigures[] = [];
  for (let first = 0; first < pairs; first += 1) {
    const round: MemoryRound = {
      chromium,
      shell: HEADLESS_SHELL,
      flags: CANDIDATES.map(({ flag }) => flag),
      first,
    };
    rounds.push(await sample<MemoryFigures>(file, [JSON.stringify(round)], ROUND_DEADLINE_MS));
  }
  const strangers = Math.max(...rounds.map((round) => round.strangers));
  const spoiled =
    strangers > 0
      ? {
          note: `up to ${strangers} other processes ran the same browser meanwhile: the figures are spoiled.`,
        }
      : {};
  const against = (kind: string): Pair<number>[] =>
    rounds.map((figures) => ({ ours: figure(figures, kind), floor: figure(figures, 'library') }));
  return [
    rowOf(
      {
        ...text,
        ...spoiled,
        what: 'a further instance, Chromium',
        targets: [{ on: 'ratio', atMost: 0.9 }],
        whyMissed: WHY_MISSED,
      },
      against('managed'),
    ),
    ...(HEADLESS_SHELL === null
      ? []
      : [
          rowOf(
            {
              ...text,
              ...spoiled,
              what: 'a further instance, headless shell',
              targets: [{ on: 'ratio', atMost: 0.6 }],
              whyMissed: WHY_MISSED,
            },
            against('managed-shell'),
          ),
        ]),
    ...CANDIDATES.map(({ flag, risk }) =>
      rowOf({ ...text, what: flag, flag: { kept: LEAN_ARGS.includes(flag), risk } }, against(flag)),
    ),
  ];
}

function figure({ bytes: measured }: MemoryFigures, kind: string): number {
  const bytes = measured[kind];
  if (bytes === undefined) throw new Error(`the memory of ${kind} was not measured`);
  return bytes;
}
