/**
 * The pipes to a browser break when it is killed. Puppeteer stops listening to them as soon as it has closed its side, and
 * an error that comes a moment later would be nobody's: Node ends the process for one. A browser that is still being
 * launched cannot be asked for its pipes, so each child is looked at when Node makes it.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

const CHANNEL = 'child_process';

function contain(message: unknown): void {
  const { process: child } = message as { process: ChildProcess };
  // Told before it is started: arguments and pipes are there once the call that starts it has returned.
  queueMicrotask(() => {
    if (!child.spawnargs?.includes('--remote-debugging-pipe')) return;
    // That the browser is gone is told by the end of the pipe, which puppeteer hears.
    for (const pipe of child.stdio ?? []) pipe?.on('error', () => {});
  });
}

/** From now on no broken pipe to a browser ends the process. Returns what undoes it, for browsers to come. */
export function containPipeErrors(): () => void {
  subscribe(CHANNEL, contain);
  return () => {
    unsubscribe(CHANNEL, contain);
  };
}
