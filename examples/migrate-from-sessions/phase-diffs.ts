/** What each phase changes, as its README shows it: taken from the files, so that it cannot lie. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('.', import.meta.url);
const PHASES = ['0-before', '1-alongside', '2-router', '3-without-sessions'] as const;
const DIFF = /(<!-- diff -->\n)[\s\S]*(<!-- \/diff -->)/;

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

/** The README of each phase as it is, and as it should be. */
export const phaseReadmes = () =>
  PHASES.slice(1).map((phase, index) => {
    const path = fileURLToPath(new URL(`${phase}/README.md`, ROOT));
    const text = readFileSync(path, 'utf8');
    const diff = diffOf(PHASES[index] ?? '', phase);
    const due = text.replace(
      DIFF,
      (_all, begin: string, end: string) => `${begin}\`\`\`diff\n${diff}\`\`\`\n${end}`,
    );
    return { phase, path, text, due, hasPlace: DIFF.test(text) };
  });
