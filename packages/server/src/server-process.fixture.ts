/** The server as a process of its own, the way an operator starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import { eventually } from '../../../testing/fleet/eventually.js';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
/** From where `tsx` is found, by the process and by its threads. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PATIENCE_MS = 60_000;

type Env = Readonly<Record<string, string>>;

const running = new Set<ServerProcess>();

/** The servers of each test of a file, and the folder for what they keep. */
export interface Servers {
  readonly folder: string;
  /** One over the simulated WhatsApp, where people scan at once. */
  start(env?: Env, args?: readonly string[]): ServerProcess;
}

/** After each test its servers are ended, whatever they do, and their folder is removed. */
export function simulatedServers(usual: Env = {}): Servers {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wakeeper-server-'));
  });
  afterEach(async () => {
    const left = [...running];
    for (const server of left) server.kill('SIGKILL');
    // One that is not gone yet could still write a file into what is being removed.
    await Promise.all(left.map((server) => server.exited));
    await rm(folder, { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
    start: (env, args) =>
      new ServerProcess(
        {
          DRIVER: 'simulated',
          SIMULATED_SCAN_AFTER_MS: '50',
          STORE_URL: `sqlite:${join(folder, 'data', 'wakeeper.db')}`,
          AUTH_BASE_DIR: join(folder, 'auth'),
          ...usual,
          ...env,
        },
        args,
      ),
  };
}

export class ServerProcess {
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  readonly #child: ChildProcess;
  #url: Promise<string> | undefined;

  /** Nothing of this environment is passed on but what is given, and what Node needs to run. */
  constructor(env: Env, args: readonly string[] = []) {
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(
      process.execPath,
      ['--conditions=wakeeper-source', '--import', import.meta.resolve('tsx'), MAIN, ...args],
      {
        cwd: ROOT,
        env: { PATH, HOME, HOST_CHECK: 'none', PORT: '0', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    running.add(this);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.stdout.push(text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.stderr.push(text));
    this.exited = once(this.#child, 'close').then(([code, signal]: (number | string)[]) => {
      running.delete(this);
      return code ?? signal ?? 'unknown';
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  get output(): string {
    return [...this.stdout, ...this.stderr].join('');
  }

  /** Where it listens. @throws Error with its output when it ends before, or does not listen in time */
  url(): Promise<string> {
    this.#url ??= this.#listening();
    return this.#url;
  }

  async #listening(): Promise<string> {
    const { stdout } = this.#child;
    const late = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const url = /"url":"([^"]+)"/.exec(this.stdout.join(''))?.[1];
      if (url) return url;
      const heard = stdout ? once(stdout, 'data', { signal: late }) : Promise.resolve();
      if ((await Promise.race([heard, this.exited])) !== undefined && this.#child.exitCode !== null)
        throw new Error(`The server ended: ${this.output}`);
    }
  }

  /** The instance, as soon as it is in that state. @throws Error at the deadline, with the instance as it is then */
  until(id: string, state: string): Promise<Record<string, unknown>> {
    const look = async () => (await this.ask('GET', `/v1/instances/${id}`)).body;
    const isThere = async () => {
      const instance = await look();
      return instance.state === state ? instance : undefined;
    };
    return eventually(isThere, PATIENCE_MS, look);
  }

  /** The JSON of an answer, and its status. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${await this.url()}${path}`, {
      method,
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
}
