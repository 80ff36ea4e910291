/**
 * The promise: an instance is an actor and costs little more than one. Time to create and to become ready, heap and the
 * end of ten thousand, against a class written by hand and against the chart with a p-queue and no manager.
 */
import type { FleetFigures, FleetKind } from './fleets/fleet-process.js';
import { type Row, type RowText, rowOf } from './measuring/row.js';
import { sample } from './measuring/sample.js';
import { interleaved, type Pair } from './measuring/spread.js';

export const FLEET_SIZE = 10_000;
export const HEAP_LIMITS = { ratio: 1.5, bytes: 16 * 1024 } as const;
export const STOP_LIMIT_MS = 2_000;

export const measureFleet = (kind: FleetKind, size = FLEET_SIZE): Promise<FleetFigures> =>
  sample<FleetFigures>(new URL('./fleets/fleet-process.ts', import.meta.url), [kind, String(size)]);

const HAND_WRITTEN = 'hand-written class and EventEmitter';
const BARE = 'chart and p-queue, no manager';

export async function actors(pairs: number): Promise<Row[]> {
  const againstClass = await interleaved(
    pairs,
    () => measureFleet('managed'),
    () => measureFleet('hand-written'),
  );
  const againstChart = await interleaved(
    pairs,
    () => measureFleet('managed'),
    () => measureFleet('bare'),
  );
  const row = (
    measured: readonly Pair<FleetFigures>[],
    key: keyof FleetFigures,
    text: Omit<RowText, 'promise' | 'floorName'>,
  ): Row =>
    rowOf(
      { promise: 'actors', floorName: measured === againstChart ? BARE : HAND_WRITTEN, ...text },
      measured.map(({ ours, floor }) => ({ ours: ours[key], floor: floor[key] })),
    );
  const heap = { what: 'heap of a ready instance', unit: 'bytes' } as const;
  return [
    row(againstClass, 'createUs', { what: 'create', unit: 'us' }),
    row(againstChart, 'createUs', { what: 'create', unit: 'us' }),
    row(againstClass, 'readyUs', { what: 'start to ready', unit: 'us' }),
    row(againstChart, 'readyUs', { what: 'start to ready', unit: 'us' }),
    row(againstClass, 'readyBytes', heap),
    row(againstChart, 'readyBytes', {
      ...heap,
      targets: [
        { on: 'ratio', atMost: HEAP_LIMITS.ratio },
        { on: 'ours', atMost: HEAP_LIMITS.bytes },
      ],
    }),
    row(againstChart, 'stopMs', {
      what: `stop ${FLEET_SIZE.toLocaleString('en-US')}`,
      unit: 'ms',
      targets: [{ on: 'ours', atMost: STOP_LIMIT_MS }],
    }),
  ];
}
