/** The heap that is really in use: after the collector has found nothing more. */
import { setImmediate as turn } from 'node:timers/promises';

const ROUNDS = 4;

/** Bytes. @throws Error unless the process runs with --expose-gc */
export async function heapInUse(): Promise<number> {
  if (!globalThis.gc) throw new Error('run node with --expose-gc');
  for (let round = 0; round < ROUNDS; round += 1) {
    globalThis.gc();
    // Finalizers run between turns, and free more.
    await turn();
  }
  return process.memoryUsage().heapUsed;
}
