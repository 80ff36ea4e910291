/**
 * Runs the hazards suite, `--runs N` times, with `--full` at its full size, and writes what it measured into testing/hazards/measured.json and
 * docs/reliability.md. With `--page` it measures nothing and writes the page out of the last measurements.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine } from '../testing/fleet/machine.js';
import { type Measured, type MeasuredFault, withFaults } from '../testing/hazards/reliability-page.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const [page, kept] = [join(root, 'docs/reliability.md'), join(root, 'testing/hazards/measured.json')];
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1' },
    page: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
  },
});

function measure(runs: number): Measured {
  const folder = mkdtempSync(join(tmpdir(), 'wakeeper-reliability-'));
  try {
    const about = machine();
    const faults = measuredFaults(runs, join(folder, 'measured.jsonl'));
    return { machine: about, date: new Date().toISOString().slice(0, 10), runs, isFull: values.full, faults };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @throws Error when a run of the suite fails */
function measuredFaults(runs: number, file: string): MeasuredFault[] {
  for (let run = 0; run < runs; run++) {
    const { status } = spawnSync(
      'npx',
      // One file after another, so that no fault is measured beside another.
      [
        'vitest',
        'run',
        '--config=vitest.workspace.ts',
        '--project=nodes',
        '--project=chrome',
        '--no-file-parallelism',
        'testing/hazards',
      ],
      {
        cwd: root,
        stdio: 'inherit',
        env: { ...process.env, RELIABILITY_OUT: file, ...(values.full && { HAZARDS: 'full' }) },
      },
    );
    if (status !== 0) throw new Error('The hazards suite failed: nothing is written.');
  }
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as MeasuredFault);
}

if (!values.page) writeFileSync(kept, `${JSON.stringify(measure(Number(values.runs)), null, 2)}\n`);
const text = readFileSync(page, 'utf8');
writeFileSync(page, withFaults(text, JSON.parse(readFileSync(kept, 'utf8')) as Measured));
