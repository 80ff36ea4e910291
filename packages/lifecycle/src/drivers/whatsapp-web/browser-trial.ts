/**
 * Whether the browser of this host works: started once as the driver starts it, on a throw-away profile, until a page of
 * its own has calculated something. Then it is ended, however it went.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { messageOf } from '../../domain/errors.js';
import { DriverError } from '../../ports/driver.js';
import { launchOptions } from './launch-options.js';
import { failureOfExit } from './launched-browser.js';

export interface BrowserTrialOptions {
  /** As `findBrowser` gives it. */
  readonly browserPath: string;
  readonly chromeArgs?: readonly string[];
  /** For all of it; 30,000 by default. */
  readonly deadlineMs?: number;
}

export interface BrowserTrial {
  /** For example `Chrome/156.0.8078.79`. */
  readonly version: string;
  /** From the start to the answer of the page. */
  readonly ms: number;
}

/** As puppeteer starts it, where that decides whether it starts. */
const ARGS = [
  '--headless=new',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--password-store=basic',
  '--use-mock-keychain',
];
const END_WITHIN_MS = 3_000;
const OUTPUT_CHARS = 8_000;

/** @throws DriverError LAUNCH_FAILED, PROFILE_NOT_WRITABLE and the like, with what to do about it. */
export async function tryBrowser({
  browserPath,
  chromeArgs = [],
  deadlineMs = 30_000,
}: BrowserTrialOptions): Promise<BrowserTrial> {
  const profile = await mkdtemp(join(await realpath(tmpdir()), 'wakeeper-trial-')).catch((cause: unknown) => {
    throw new DriverError(
      {
        code: 'PROFILE_NOT_WRITABLE',
        message: `The temporary folder ${tmpdir()} cannot be written (${messageOf(cause)}), and Chromium needs it. Make room there, or set TMPDIR.`,
      },
      cause,
    );
  });
  try {
    return await runOn(profile, browserPath, chromeArgs, deadlineMs);
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function runOn(
  profile: string,
  browserPath: string,
  chromeArgs: readonly string[],
  deadlineMs: number,
): Promise<BrowserTrial> {
  const began = performance.now();
  const { signal } = new AbortController();
  const isRoot = process.getuid?.() === 0;
  const { args } = launchOptions({ browserPath, chromeArgs, proxy: null, signal, isRoot });
  const browser = spawn(browserPath, [...ARGS, `--user-data-dir=${profile}`, ...args, 'about:blank'], {
    // A group of its own, so that all of it can be ended.
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  try {
    const version = await Promise.race([askForSum(browser), ended(browser), late(deadlineMs)]);
    return { version, ms: Math.round(performance.now() - began) };
  } finally {
    await end(browser);
  }
}

const late = (ms: number): Promise<never> =>
  new Promise((_, reject) => {
    const failure = {
      code: 'LAUNCH_FAILED',
      message: `The browser started, and gave no answer within ${ms / 1000} s. The machine may be overloaded; else start it by hand with --headless=new and look at what it prints.`,
    } as const;
    setTimeout(() => reject(new DriverError(failure)), ms).unref();
  });

/** Rejects with why it ended, or could not be started. */
function ended(browser: ChildProcess): Promise<never> {
  let output = '';
  browser.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    output = (output + chunk).slice(-OUTPUT_CHARS);
  });
  return new Promise((_, reject) => {
    browser.once('error', (cause) =>
      reject(
        new DriverError(
          {
            code: 'LAUNCH_FAILED',
            message: `The browser cannot be started (${cause.message}). Set CHROME_PATH to one that can.`,
          },
          cause,
        ),
      ),
    );
    browser.once('close', (code, signal) => reject(new DriverError(failureOfExit({ code, signal, output }))));
  });
}

interface Answer {
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** Asks the browser for its version, and a page of its own for a sum: that takes a renderer that runs. */
async function askForSum(browser: ChildProcess): Promise<string> {
  const [, , , toBrowser, fromBrowser] = browser.stdio as unknown as [
    null,
    null,
    Readable,
    Writable,
    Readable,
  ];
  const waiting = new Map<number, (answer: Answer) => void>();
  let heard = '';
  fromBrowser.setEncoding('utf8').on('data', (chunk: string) => {
    const messages = (heard + chunk).split('\0');
    heard = messages.pop() ?? '';
    for (const message of messages) {
      const answer = JSON.parse(message) as Answer;
      if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
    }
  });
  // Its end is told by the process; the pipes only break with it.
  for (const pipe of [toBrowser, fromBrowser]) pipe.on('error', () => undefined);
  let lastId = 0;
  const ask = async (method: string, params: object = {}, sessionId?: unknown) => {
    lastId += 1;
    const id = lastId;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    toBrowser.write(`${JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) })}\0`);
    const { result, error } = await answered;
    if (result) return result;
    throw new DriverError({
      code: 'LAUNCH_FAILED',
      message: `The browser refuses ${method}: ${error?.message ?? 'without a reason'}. Update it.`,
    });
  };
  const { product } = await ask('Browser.getVersion');
  const { targetId } = await ask('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await ask('Target.attachToTarget', { targetId, flatten: true });
  await ask('Runtime.evaluate', { expression: '1 + 1' }, sessionId);
  return String(product);
}

/** It ends when its pipe closes; whatever is left of its group afterwards is killed. */
async function end(browser: ChildProcess): Promise<void> {
  if (browser.pid === undefined) return;
  const { pid } = browser;
  if (browser.exitCode === null && browser.signalCode === null) {
    const gone = once(browser, 'exit', { signal: AbortSignal.timeout(END_WITHIN_MS) }).catch(() => undefined);
    for (const pipe of browser.stdio) pipe?.destroy();
    await gone;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
