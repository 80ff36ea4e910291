/** The limits of a fleet in one process. Its sources cost a little more than the built package: the loader names functions. */
import { beforeAll, describe, expect, test } from 'vitest';
import { FLEET_SIZE, HEAP_LIMITS, measureFleet, STOP_LIMIT_MS } from './actors.js';
import type { FleetFigures } from './fleets/fleet-process.js';

const DEADLINE_MS = 300_000;
/** What else the machine does can only make a stop look dearer, so the cheapest of a few is the one that counts. */
const STOPS = 3;

describe(`${FLEET_SIZE} ready instances in one process`, () => {
  let managed: FleetFigures;
  let bare: FleetFigures;

  beforeAll(async () => {
    managed = await measureFleet('managed');
    bare = await measureFleet('bare');
  }, DEADLINE_MS);

  test(`take at most ${HEAP_LIMITS.bytes} bytes each`, () => {
    console.log(`heap of a ready instance: ${Math.round(managed.readyBytes)} bytes`);
    expect(managed.readyBytes).toBeLessThanOrEqual(HEAP_LIMITS.bytes);
  });

  test(`take at most ${HEAP_LIMITS.ratio} times the heap of the chart with a p-queue and no manager`, () => {
    const ratio = managed.readyBytes / bare.readyBytes;
    console.log(`chart and p-queue alone: ${Math.round(bare.readyBytes)} bytes; ratio ${ratio.toFixed(2)}`);
    expect(ratio).toBeLessThanOrEqual(HEAP_LIMITS.ratio);
  });

  test(
    `stop within ${STOP_LIMIT_MS} ms of processor time, all of them`,
    async () => {
      let least = managed.stopCpuMs;
      for (let stops = 1; stops < STOPS && least >= STOP_LIMIT_MS; stops += 1)
        least = Math.min(least, (await measureFleet('managed')).stopCpuMs);
      console.log(
        `stop: ${Math.round(managed.stopMs)} ms on the clock, ${Math.round(least)} ms of the processor`,
      );
      expect(least).toBeLessThan(STOP_LIMIT_MS);
    },
    DEADLINE_MS,
  );
});
