/** One wakeeper server as a process of its own, which a test starts, stops and kills. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));
const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 30_000;

/** A line of the log, as pino writes it. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly instanceId?: string;
  readonly [field: string]: unknown;
}

export class NodeProcess {
  readonly log: LogLine[] = [];
  /** What it printed that is no log line: complaints of Node, stacks. */
  readonly printed: string[] = [];
  url = '';
  private readonly child: ChildProcess;

  /** Resolves when it listens. @throws Error with what it printed when it does not */
  static async start(env: Readonly<Record<string, string>>): Promise<NodeProcess> {
    const node = new NodeProcess(env);
    await node.listening();
    return node;
  }

  private constructor(env: Readonly<Record<string, string>>) {
    const { PATH = '', HOME = '' } = process.env;
    this.child = spawn(process.execPath, ['--conditions=wakeeper-source', '--import', 'tsx', MAIN], {
      env: { PATH, HOME, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // A process that ends in the middle of its work takes its nodes along.
    const end = () => this.child.kill('SIGKILL');
    process.once('exit', end);
    this.child.once('exit', () => process.off('exit', end));
    for (const stream of [this.child.stdout, this.child.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => this.read(line));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }
  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }
  get exitCode(): number | null {
    return this.child.exitCode;
  }

  /** kill -9 */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  /** SIGTERM; resolves with the exit code. @throws Error when it has not ended by then */
  async stop(): Promise<number | null> {
    if (!this.isRunning) return this.exitCode;
    const ended = once(this.child, 'exit', { signal: AbortSignal.timeout(STOP_DEADLINE_MS) });
    this.child.kill('SIGTERM');
    await ended;
    return this.exitCode;
  }

  private async listening(): Promise<void> {
    const signal = AbortSignal.timeout(START_DEADLINE_MS);
    const heard = new AbortController();
    this.child.on('wakeeper-line', () => {
      if (this.url !== '') heard.abort();
    });
    // Whichever comes first: that it listens, that it has ended, or the deadline.
    await once(this.child, 'exit', { signal: AbortSignal.any([signal, heard.signal]) }).catch(() => {});
    this.child.removeAllListeners('wakeeper-line');
    if (this.url !== '') return;
    await this.kill();
    throw new Error(
      `The server did not start:\n${[...this.printed, ...this.log.map((line) => line.msg)].join('\n')}`,
    );
  }

  private read(line: string): void {
    try {
      const entry = JSON.parse(line) as LogLine;
      this.log.push(entry);
      if (entry.msg.startsWith('listening') && typeof entry.url === 'string') this.url = entry.url;
    } catch {
      this.printed.push(line);
    }
    this.child.emit('wakeeper-line');
  }
}
