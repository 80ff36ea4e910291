/** What each phase changes, as its README shows it: taken from the files, so that it cannot lie. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withSection } from '../../scripts/page-section.js';

const ROOT = new URL('.', import.meta.url);
const PHASES = ['0-before', '1-alongside', '2-router', '3-without-sessions'] as const;

function diffOf(from: string, to: string): string {
  const { stdout, error } = spawnSync('diff', ['-ru', '--exclude=README.md', from, to], {
    cwd: fileURLToPath(ROOT),
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (error) throw error;
  // Without the times of the files, and without the command that is repeated above each of them.
  return stdout.replaceAll(/^((?:---|\+\+\+) [^\t\n]+)\t.*$/gm, '$1').replaceAll(/^diff .*\n/gm, '');
}

/** The README of each phase as it is, and as it should be. @throws Error when one has no place for its diff */
export const phaseReadmes = () =>
  PHASES.slice(1).map((phase, index) => {
    const path = fileURLToPath(new URL(`${phase}/README.md`, ROOT));
    const text = readFileSync(path, 'utf8');
    const due = withSection(text, 'diff', [`\`\`\`diff\n${diffOf(PHASES[index] ?? '', phase)}\`\`\``]);
    return { phase, path, text, due };
  });
