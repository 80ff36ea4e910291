/** One account with its browser, as wakeeper and as a plain script run it: the same three things are timed of both. */
import type { WaWeb } from '../../testing/wa-web/server.js';

export interface SessionFigures {
  /** From the order to start to ready, in a new profile, scanned the moment the code is shown. Milliseconds, as all. */
  readonly coldMs: number;
  /** From the order to start to ready, in a profile that is paired. */
  readonly restoredMs: number;
  /** From the kill -9 of the browser to ready again. */
  readonly recoveryMs: number;
}

/** Every session is of another account. */
export interface SessionKind {
  measure(phone: string): Promise<SessionFigures>;
  /** Ready, in a new profile, until what this resolves with is called. */
  open(phone: string): Promise<() => Promise<void>>;
  end(): Promise<void>;
}

export interface Surroundings {
  readonly waWeb: WaWeb;
  readonly chromePath: string;
  /** Flags for any Chromium that is to find the simulated page. */
  readonly chromeArgs: readonly string[];
  /** An empty folder. */
  readonly folder: string;
}

const DEADLINE_MS = 60_000;

/** @throws Error naming what did not come */
export async function within<T>(what: string, coming: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${DEADLINE_MS} ms`)), DEADLINE_MS);
  });
  try {
    return await Promise.race([coming, late]);
  } finally {
    clearTimeout(timer);
  }
}

export async function timed(what: string, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await within(what, work());
  return performance.now() - began;
}

/** kill -9 of a browser and all its processes: puppeteer makes it the leader of a group. */
export const killGroup = (pid: number): void => {
  process.kill(-pid, 'SIGKILL');
};
