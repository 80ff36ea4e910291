/** A mutant: the library with one fault put in on purpose, in a copy, simulated until the oracle sees it. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** A hunt that finds nothing is over long before. */
const DEADLINE_MS = 570_000;
/** The first line of a patch whose fault few seeds meet. That seed is tried first, and the others where it does not meet the fault. */
const SEEN_AT = /^Seen at seed (\d+)\.$/m;
const root = fileURLToPath(new URL('../..', import.meta.url));
/** What the library imports; found beside the copy. */
function dependencies(): string[] {
  const manifest = readFileSync(join(root, 'packages', 'lifecycle', 'package.json'), 'utf8');
  return Object.keys((JSON.parse(manifest) as { dependencies: Record<string, string> }).dependencies);
}

export interface Caught {
  readonly isCaught: boolean;
  /** What the simulation printed last: the seed, and what it violated. */
  readonly words: string;
}

export async function hunt(patch: string, seeds: number): Promise<Caught> {
  const copy = mkdtempSync(join(tmpdir(), 'wakeeper-mutant-'));
  try {
    const library = join(copy, 'packages', 'lifecycle');
    const simulation = join(copy, 'testing', 'simulation');
    cpSync(join(root, 'packages', 'lifecycle', 'src'), join(library, 'src'), { recursive: true });
    cpSync(join(root, 'packages', 'lifecycle', 'package.json'), join(library, 'package.json'));
    cpSync(join(root, 'testing', 'package.json'), join(copy, 'testing', 'package.json'));
    cpSync(join(root, 'testing', 'simulation'), simulation, { recursive: true });
    mkdirSync(join(copy, 'node_modules', '@wakeeper'), { recursive: true });
    symlinkSync(library, join(copy, 'node_modules', '@wakeeper', 'lifecycle'));
    for (const name of dependencies())
      symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
    await run('patch', ['--strip=1', '--fuzz=2', `--directory=${join(library, 'src')}`, `--input=${patch}`]);
    const seenAt = SEEN_AT.exec(readFileSync(patch, 'utf8'))?.[1];
    const again =
      seenAt === undefined ? null : await simulated(simulation, ['--from', seenAt, '--seeds', '1']);
    return again?.isCaught ? again : await simulated(simulation, ['--seeds', String(seeds)]);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function simulated(folder: string, seeds: readonly string[]): Promise<Caught> {
  const program = ['--conditions=wakeeper-source', '--import', 'tsx', join(folder, 'main.ts')];
  try {
    const args = [...program, ...seeds, '--until-failure'];
    const limits = { maxBuffer: 2 ** 26, timeout: DEADLINE_MS, killSignal: 'SIGKILL' } as const;
    const { stdout } = await run(process.execPath, args, { cwd: root, ...limits });
    return { isCaught: false, words: lastWords(stdout) };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const words = lastWords(stdout);
    // A mutant that does not even run proves nothing.
    return { isCaught: /^seed \d+:/m.test(words) && !words.includes('itself broke'), words: words || stderr };
  }
}

/** From the first violation on. */
const lastWords = (output: string): string => output.slice(Math.max(0, output.search(/^seed \d+:/m)));
