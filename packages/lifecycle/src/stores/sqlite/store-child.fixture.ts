/** The near end of a store process: starts it, hears it, kills it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./store-process.fixture.ts', import.meta.url));
const DEADLINE_MS = 60_000;

/** One line of the child; which of the fields it has tells what happened. */
export interface Line {
  readonly opened?: number;
  readonly refused?: { readonly code: string; readonly message: string };
  readonly id?: string;
  readonly instance?: string;
  readonly seq?: number;
  readonly failed?: string;
  readonly code?: string;
  readonly message?: string;
  readonly full?: { readonly code: string; readonly message: string } | null;
  readonly head?: string;
}

export class StoreChild {
  readonly lines: Line[] = [];
  readonly process: ChildProcess;
  private readonly closed: Promise<unknown>;
  private wake: () => void = () => {};

  constructor(job: 'hold' | 'produce' | 'fill', path: string, name = '') {
    const loader = ['--conditions=wakeeper-source', '--import', 'tsx'];
    this.process = spawn(process.execPath, [...loader, program, job, path, name], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: this.process.stdout as NodeJS.ReadableStream });
    lines.on('line', (text) => {
      this.lines.push(JSON.parse(text) as Line);
      this.wake();
    });
    // The last lines come after the process has gone.
    this.closed = Promise.all([once(this.process, 'close'), once(lines, 'close')]);
    void this.closed.then(() => this.wake());
  }

  /** The first line that fits, past or to come. */
  async line(fits: (line: Line) => boolean): Promise<Line> {
    return this.until(() => this.lines.find(fits));
  }

  async until<T>(look: () => T | undefined): Promise<T> {
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      this.wake();
    }, DEADLINE_MS);
    try {
      for (;;) {
        const heard = new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        const found = look();
        if (found !== undefined) return found;
        if (late)
          throw new Error(
            `Nothing of the kind in ${DEADLINE_MS} ms: ${JSON.stringify(this.lines.slice(-3))}`,
          );
        await heard;
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  say(): void {
    this.process.stdin?.write('go on\n');
  }

  /** SIGKILL; resolves when it is gone and all that it said is heard. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.closed;
  }

  /** Its exit code, once it has ended by itself. */
  async ended(): Promise<number | null> {
    await this.closed;
    return this.process.exitCode;
  }
}
