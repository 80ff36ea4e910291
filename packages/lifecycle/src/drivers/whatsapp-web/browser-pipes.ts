/**
 * The pipes to a browser break when it is killed. Puppeteer stops listening to them as soon as it has closed its side, and
 * an error that comes a moment later would be nobody's: Node ends the process for one. A browser that is still being
 * launched cannot be asked for its pipes, so each child is looked at when Node makes it.
 */
import { hearChildren } from './launched-browser.js';

/** From now on no broken pipe to a browser ends the process. Returns what undoes it, for browsers to come. */
export function containPipeErrors(): () => void {
  return hearChildren((child) => {
    if (!child.spawnargs?.includes('--remote-debugging-pipe')) return;
    // That the browser is gone is told by the end of the pipe, which puppeteer hears.
    for (const pipe of child.stdio ?? []) pipe?.on('error', () => {});
  });
}
