/** The Chromium processes that run on a profile directory, found by what the kernel says of them. */
import { readdirSync, readFileSync } from 'node:fs';

/** A browser's own arguments are separated by NUL; its children write theirs into one string, with blanks. */
function argumentsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/\0| (?=--)/);
  } catch {
    return [];
  }
}

/** Pids of every process, helpers too, whose profile lies below this directory. */
export function browserProcesses(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) =>
      argumentsOf(pid).some((argument) => argument.startsWith(`--user-data-dir=${directory}/`)),
    )
    .map(Number);
}

/** The pids of the browsers themselves: the processes that are no helper of another. */
export const browsers = (directory: string): number[] =>
  browserProcesses(directory).filter(
    (pid) => !argumentsOf(String(pid)).some((argument) => argument.startsWith('--type=')),
  );

/** The pids of the processes that show pages. */
export const renderers = (directory: string): number[] =>
  browserProcesses(directory).filter((pid) => argumentsOf(String(pid)).includes('--type=renderer'));
