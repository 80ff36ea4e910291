/** Ends what still works on a profile: a browser left behind by a node that died, or the rest of one that was closed. */
import { setTimeout as wait } from 'node:timers/promises';
import { processesOn } from './process-table.js';

const LOOK_AGAIN_MS = 20;

/** SIGKILL reaches a stopped process too. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself, or it is not ours to end: the next look at the table tells.
  }
}

/** Resolves with the pids that still live when `withinMs` is over: none, unless the kernel holds one. */
export async function endProcessesOn(profile: string, withinMs: number): Promise<readonly number[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    // A dying browser can still have forked: look until there is nothing to see.
    const alive = await processesOn(profile);
    if (alive.length === 0) return [];
    for (const { pid } of alive) kill(pid);
    if (performance.now() >= deadline) return alive.map(({ pid }) => pid);
    await wait(LOOK_AGAIN_MS);
  }
}

/** Waits for a browser that was asked to end; resolves with whether it has. */
export async function goneWithin(profile: string, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while ((await processesOn(profile)).length > 0) {
    if (performance.now() >= deadline) return false;
    await wait(LOOK_AGAIN_MS);
  }
  return true;
}
