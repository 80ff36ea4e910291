/**
 * The one owner of AUTH_BASE_DIR. The lock is the kernel's, so it is gone the moment its holder is, however that died.
 * A POSIX lock is also dropped when any code of the same process opens and closes the file; so a small child holds it
 * (an SQLite transaction, the one portable way to a kernel lock without a native module of our own), and ends when the
 * pipe to its parent closes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DriverError, type DriverFailure } from '../../ports/driver.js';

/** Run by `node -e`, so it needs no file of its own wherever this package is built or bundled to. */
const HOLDER = `
const [sqlite, lockFile, ownerFile, owner, waitMs] = process.argv.slice(1);
const fs = require('node:fs');
// A service manager signals every process of the service: the lock is held until the parent has ended.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {});
const say = (line) => fs.writeSync(1, line + '\\n');
let database;
try {
  const { DatabaseSync } = require(sqlite);
  database = new DatabaseSync(lockFile);
  database.exec('PRAGMA busy_timeout = ' + Number(waitMs) + '; PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
} catch (error) {
  say((/lock|busy/i.test(error.message) ? 'busy ' : 'failed ') + error.message);
  process.exit(1);
}
fs.writeFileSync(ownerFile, owner);
say('held');
const end = () => process.exit(0);
process.stdin.on('end', end).on('close', end).on('error', end).resume();
`;

/** @throws DriverError LAUNCH_FAILED */
export function sqliteModule(): string {
  const require = createRequire(import.meta.url);
  try {
    return require.resolve('@photostructure/sqlite');
  } catch {
    if (isBuiltin('node:sqlite')) return 'node:sqlite';
    throw new DriverError({
      code: 'LAUNCH_FAILED',
      message:
        'The lock of AUTH_BASE_DIR needs SQLite: install the optional dependency @photostructure/sqlite, or run Node 22.13 or newer.',
    });
  }
}

/** The file whose lock is the ownership, and the one that tells whose it is. */
export const lockFiles = (directory: string) => ({
  lock: join(directory, '.lock'),
  owner: join(directory, '.lock-owner'),
});

export interface ProfileLockOptions {
  /** AUTH_BASE_DIR; it exists. */
  readonly directory: string;
  /** How long the owner before may take to end: a restarted node meets the end of the one before. */
  readonly waitMs: number;
  /** The holder died alone, and somebody else has the lock since. */
  readonly onLost: (failure: DriverFailure) => void;
}

export class ProfileLock {
  readonly #options: ProfileLockOptions;
  #holding: Promise<void> | undefined;
  #holder: ChildProcess | undefined;
  #released = false;

  constructor(options: ProfileLockOptions) {
    this.#options = options;
  }

  /** The pid of the process that holds the lock for us, or undefined. */
  get holderPid(): number | undefined {
    return this.#holder?.pid;
  }

  /** At once when held. @throws DriverError PROFILE_IN_USE, PROFILE_NOT_WRITABLE */
  acquire(): Promise<void> {
    this.#holding ??= this.#start().catch((error: unknown) => {
      this.#holding = undefined;
      throw error;
    });
    return this.#holding;
  }

  /** Idempotent. Afterwards the lock stays given up. */
  async release(): Promise<void> {
    this.#released = true;
    await this.#holding?.catch(() => undefined);
    const holder = this.#holder;
    if (!holder || holder.exitCode !== null || holder.signalCode !== null) return;
    const ended = new Promise((resolve) => holder.once('exit', resolve));
    holder.stdin?.end();
    const impatient = setTimeout(() => holder.kill('SIGKILL'), 2_000);
    await ended;
    clearTimeout(impatient);
  }

  async #start(): Promise<void> {
    if (this.#released) throw new DriverError({ code: 'ABORTED', message: 'The driver is shut down.' });
    const { directory, waitMs } = this.#options;
    const files = lockFiles(directory);
    const owner = JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() });
    const args = ['-e', HOLDER, '--', sqliteModule(), files.lock, files.owner, owner, String(waitMs)];
    // A group of its own: Ctrl-C in a terminal must not end it before its parent.
    const holder = spawn(process.execPath, args, {
      detached: true,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' },
    });
    const answer = await firstLine(holder, waitMs + 10_000);
    if (answer === 'held') {
      this.#holder = holder;
      holder.once('exit', () => this.#holderDied(holder));
      // Neither the process nor its pipes keep the parent alive: its end is what they wait for.
      holder.unref();
      for (const pipe of [holder.stdin, holder.stdout])
        if (pipe && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
      return;
    }
    holder.kill('SIGKILL');
    throw new DriverError(
      answer.startsWith('busy') ? inUse(directory, files.owner) : notWritable(directory, answer),
    );
  }

  /** Killed alone, by an operator or by the kernel for memory: take the lock again before somebody else does. */
  #holderDied(holder: ChildProcess): void {
    if (this.#holder !== holder) return;
    this.#holder = undefined;
    this.#holding = undefined;
    if (this.#released) return;
    this.acquire().catch((error: unknown) => {
      if (error instanceof DriverError && !this.#released) this.#options.onLost(error.failure);
    });
  }
}

/** What the child says first; its death and its silence are answers too. Never rejects. */
function firstLine(child: ChildProcess, withinMs: number): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const timer = setTimeout(() => resolve('failed The lock could not be taken in time.'), withinMs);
    const answer = (line: string) => {
      clearTimeout(timer);
      resolve(line);
    };
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      if (said.includes('\n')) answer(said.slice(0, said.indexOf('\n')));
    });
    // 'close' comes after everything that the child said.
    child.once('close', () => answer(said.trim() || 'failed The process that holds the lock ended at once.'));
    child.once('error', (error) => answer(`failed ${error.message}`));
    child.stdin?.on('error', () => undefined);
  });
}

/** Who has written its name beside the lock. */
export function ownerIn(ownerFile: string): string {
  try {
    const owner: unknown = JSON.parse(readFileSync(ownerFile, 'utf8'));
    if (typeof owner === 'object' && owner !== null && 'pid' in owner && 'host' in owner)
      return `process ${String(owner.pid)} on host ${String(owner.host)}`;
  } catch {
    // It has only just taken the lock, and has not written its name yet.
  }
  return 'another process';
}

const inUse = (directory: string, ownerFile: string): DriverFailure => ({
  code: 'PROFILE_IN_USE',
  message: `AUTH_BASE_DIR ${directory} is in use by ${ownerIn(ownerFile)}. Stop it, or give this process an AUTH_BASE_DIR of its own.`,
});

const notWritable = (directory: string, answer: string): DriverFailure => ({
  code: 'PROFILE_NOT_WRITABLE',
  message: `AUTH_BASE_DIR ${directory} cannot be locked (${answer.replace(/^failed /, '')}). Make it a directory that this user can write to.`,
});
