/** An example as a process of its own, started by the command that its package.json has for it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const EXAMPLES = fileURLToPath(new URL('.', import.meta.url));
const PATIENCE_MS = 60_000;

/** A folder to run an example in. What the example imports is found from there, as it is in a project of its own. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'wakeeper-example-')));
  await symlink(join(EXAMPLES, '..', 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 5 });

export interface ExampleOptions {
  readonly example: string;
  /** Name of the script in the example's package.json. */
  readonly script?: string;
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class ExampleProcess {
  #output = '';
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | string>;

  static async start({
    example,
    script = 'start',
    folder,
    env = {},
  }: ExampleOptions): Promise<ExampleProcess> {
    const root = join(EXAMPLES, example);
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const [program, ...args] = String(scripts[script]).split(' ');
    if (program !== 'node') throw new Error(`"${scripts[script]}" is no command that can be started here.`);
    const file = join(root, args.pop() ?? '');
    return new ExampleProcess([...args, file], folder, env);
  }

  /** Nothing of this environment is passed on but what is given, and what Node needs to run. */
  private constructor(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(process.execPath, args, {
      cwd,
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#child.emit('printed');
      });
    this.#exited = once(this.#child, 'close').then(([code, signal]: (number | string)[]) => {
      this.#child.emit('printed');
      return code ?? signal ?? 'unknown';
    });
  }

  get output(): string {
    return this.#output;
  }

  /** The first match in what it prints. @throws Error with its output at the deadline, or when it ends before */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = pattern.exec(this.#output);
      if (found) return found;
      const hasEnded = this.#child.exitCode !== null || this.#child.signalCode !== null;
      if (hasEnded || late.aborted) throw new Error(`${pattern} was not printed:\n${this.#output}`);
      await once(this.#child, 'printed', { signal: late }).catch(() => {});
    }
  }

  /** SIGTERM; the exit code, or the signal that ended it. @throws Error at the deadline */
  async stop(): Promise<number | string> {
    this.#child.kill('SIGTERM');
    return this.ends();
  }

  /** By itself; the exit code, or the signal that ended it. @throws Error at the deadline */
  async ends(): Promise<number | string> {
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`It did not end:\n${this.#output}`)), PATIENCE_MS).unref();
    });
    return Promise.race([this.#exited, late]);
  }

  /** Whatever it is doing. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

/** The JSON of an answer, and its status. */
export async function ask(
  method: string,
  url: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
