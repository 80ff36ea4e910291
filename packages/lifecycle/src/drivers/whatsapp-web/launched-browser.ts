/**
 * A browser process during its launch. Puppeteer hands it out only once it shows a page, and waits on where it ends before
 * that; so its end, and what it printed, are heard from Node itself when it makes the process.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { DriverFailure } from '../../ports/driver.js';
import { failureOfOutput } from './driver-failure.js';
import { within } from './page-call.js';
import { worksOn } from './process-table.js';
import type { Browser } from './web-client.js';

const CHANNEL = 'child_process';
/** Of what a browser prints; the reason stands at its end. */
const OUTPUT_CHARS = 8_000;
/** Signals by which others end a process; the rest are its own crashes. */
const SENT_BY_OTHERS: readonly (string | null)[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];

export interface BrowserExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The end of what it printed. */
  readonly output: string;
}

/** Shows each child process that this one starts from now on. Returns what stops it, for children to come. */
export function hearChildren(born: (child: ChildProcess) => void): () => void {
  const hear = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess };
    // Told before it is started: arguments and pipes are there once the call that starts it has returned.
    queueMicrotask(() => born(child));
  };
  subscribe(CHANNEL, hear);
  return () => {
    unsubscribe(CHANNEL, hear);
  };
}

/** Hears of the end of the browsers that are launched on this profile from now on. Returns what stops it. */
export function hearExit(profile: string, exited: (exit: BrowserExit) => void): () => void {
  let isStopped = false;
  const stopHearing = hearChildren((child) => {
    if (!child.spawnargs?.some((arg) => worksOn(arg, profile))) return;
    let output = '';
    const keep = (chunk: unknown) => {
      output = (output + String(chunk)).slice(-OUTPUT_CHARS);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.once('exit', (code, signal) => {
      // What it printed last is read after its end.
      setImmediate(() => {
        if (!isStopped) exited({ code, signal, output });
      });
    });
  });
  return () => {
    isStopped = true;
    stopHearing();
  };
}

/** Why a browser ended before it was of use. */
export function failureOfExit({ code, signal, output }: BrowserExit): DriverFailure {
  const said = failureOfOutput(code === null ? output : `${output}\nCode: ${code}`);
  if (said) return said;
  if (SENT_BY_OTHERS.includes(signal))
    return { code: 'BROWSER_EXITED', message: `The browser was ended by ${signal} while it was starting.` };
  const how = signal === null ? `with code ${code}` : `by ${signal}`;
  const last = output.trim().split('\n').at(-1);
  return {
    code: signal === null ? 'LAUNCH_FAILED' : 'BROWSER_EXITED',
    message: `The browser ended ${how} while it was starting${last ? `: ${last.slice(0, 500)}` : '.'}`,
  };
}

const VERSION_WITHIN_MS = 1_000;

/** Its own name for it; null where it does not say. Nothing waits long for it. */
export const versionOf = async (browser: Browser | undefined): Promise<string | null> => {
  if (!browser) return null;
  const late = { code: 'PAGE_HUNG', message: 'The browser did not say its version.' } as const;
  return within(browser.version(), VERSION_WITHIN_MS, late).catch(() => null);
};
