/** What a fault was measured to cost: kept for docs/reliability.md when RELIABILITY_OUT names a file. */
import { appendFileSync } from 'node:fs';
import type { FaultKey } from './fault-table.js';

export interface Measurement {
  /** From the fault until the first transition, or refusal, that shows it; null where there is nothing to see. */
  readonly seenMs: number | null;
  /** From the fault, or from when the world was mended, until the instance is ready with an empty queue. */
  readonly backMs: number;
  /** Restarts spent of the budget. */
  readonly spent: number;
  /** Messages that were accepted before and during it. */
  readonly accepted: number;
  /** Those of them of which nobody can know whether they were sent. All others have arrived, once and in order. */
  readonly uncertain: number;
  /** The places that the instance went through. */
  readonly path: readonly string[];
}

/** One line of JSON for each, so that several processes can write to one file. */
export function record(fault: FaultKey, measurement: Measurement): void {
  const { seenMs, backMs, spent, accepted, uncertain, path } = measurement;
  console.log(
    `${fault}: seen after ${seenMs ?? '-'} ms, back after ${backMs} ms, ${spent} restarts, ${uncertain} of ${accepted} uncertain; ${path.join(' > ')}`,
  );
  const file = process.env.RELIABILITY_OUT;
  if (file) appendFileSync(file, `${JSON.stringify({ fault, ...measurement })}\n`);
}
