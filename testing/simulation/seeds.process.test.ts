/** The fleet under random trouble, judged from outside: 200 seeds, none of which may break a sentence. */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SEEDS = 200;
const DEADLINE_MS = 600_000;
const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** `npm run simulate` to its end. */
async function simulated(...options: string[]): Promise<Ended> {
  const program = ['--conditions=wakeeper-source', '--import', 'tsx', 'testing/simulation/main.ts'];
  try {
    const { stdout } = await run(process.execPath, [...program, ...options], {
      cwd: root,
      maxBuffer: 2 ** 26,
      timeout: DEADLINE_MS - 10_000,
      // Its jobs end with it.
      killSignal: 'SIGKILL',
    });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code = 1, stdout = '', stderr = '' } = error as Partial<Ended> & Record<string, string>;
    return { code: Number(code), output: stdout + stderr };
  }
}

it(`keeps every promise in ${SEEDS} seeds, which strike every place, every fault, and 95 % of the pairs`, {
  timeout: DEADLINE_MS,
}, async () => {
  const jobs = Math.min(4, availableParallelism());
  const { code, output } = await simulated('--seeds', String(SEEDS), '--jobs', String(jobs));
  expect(output).toMatch(new RegExp(`^${SEEDS} seeds, 0 with violations`, 'm'));
  expect(code, output).toBe(0);
});
