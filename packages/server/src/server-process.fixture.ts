/** The server as a process of its own, the way an operator starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
/** From where `tsx` is found, by the process and by its threads. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PATIENCE_MS = 30_000;

const running = new Set<ChildProcess>();

/** Ends whatever a test has left behind. */
export function killServers(): void {
  for (const child of running) child.kill('SIGKILL');
}

export class ServerProcess {
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  readonly #child: ChildProcess;
  #url: Promise<string> | undefined;

  /** Nothing of this environment is passed on but what is given, and what Node needs to run. */
  constructor(env: Readonly<Record<string, string>>, args: readonly string[] = []) {
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
    running.add(this.#child);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.stdout.push(text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.stderr.push(text));
    this.exited = once(this.#child, 'close').then(([code, signal]: (number | string)[]) => {
      running.delete(this.#child);
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
