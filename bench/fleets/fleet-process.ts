/** A process that runs one fleet through its life and prints what it took: `fleet-process.ts <kind> <size>`. */
import { setTimeout as wait } from 'node:timers/promises';
import { heapInUse } from '../measuring/heap.js';
import { bareFleet } from './bare-fleet.js';
import { type Fleet, type World, worldOf } from './fleet.js';
import { handWrittenFleet } from './hand-written-fleet.js';
import { managedFleet } from './managed-fleet.js';

export interface FleetFigures {
  /** Microseconds an instance. */
  readonly createUs: number;
  readonly readyUs: number;
  /** Bytes an instance, the simulated page behind it included. */
  readonly stoppedBytes: number;
  readonly readyBytes: number;
  /** Milliseconds for all of them. */
  readonly stopMs: number;
  /** Processor time of that, which neighbours on the machine do not stretch as they do the time on the clock. */
  readonly stopCpuMs: number;
}

const KINDS: Readonly<Record<string, (world: World) => Promise<Fleet>>> = {
  managed: managedFleet,
  bare: bareFleet,
  'hand-written': handWrittenFleet,
};
export type FleetKind = 'managed' | 'bare' | 'hand-written';

/** Enough to load and compile what a fleet needs, so that it is not counted as an instance's. */
const WARM_UP = 300;
/** What was written in the last moments is settled then. */
const SETTLE_MS = 100;

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function live(kind: string, size: number): Promise<FleetFigures> {
  const open = KINDS[kind];
  if (!open || !(size > 0)) throw new Error(`no fleet "${kind}" of ${size}`);
  const world = worldOf(size);
  const before = await heapInUse();
  const fleet = await open(world);
  const createMs = await timed(() => fleet.create());
  const stopped = await heapInUse();
  const readyMs = await timed(() => fleet.ready());
  await wait(SETTLE_MS);
  const ready = await heapInUse();
  const cpuBefore = process.cpuUsage();
  const stopMs = await timed(() => fleet.stop());
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    createUs: (createMs * 1000) / size,
    readyUs: (readyMs * 1000) / size,
    stoppedBytes: (stopped - before) / size,
    readyBytes: (ready - before) / size,
    stopMs,
    stopCpuMs: (user + system) / 1000,
  };
}

const [kind = '', size = ''] = process.argv.slice(2);
await live(kind, WARM_UP);
console.log(JSON.stringify(await live(kind, Number(size))));
process.exit(0);
