/** One measure in a process of its own, so that neither side finds the other's heap or compiled code. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const DEADLINE_MS = 180_000;

/**
 * Runs the file as this process was run, with the garbage collector at hand, and takes the last line of its output.
 * @throws Error when it fails or takes too long
 */
export function sample<T>(file: URL, args: readonly string[], deadlineMs = DEADLINE_MS): Promise<T> {
  return new Promise((resolve, reject) => {
    const flags = [...process.execArgv.filter((flag) => flag !== '--expose-gc'), '--expose-gc'];
    const child = spawn(process.execPath, [...flags, fileURLToPath(file), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const line = output.trim().split('\n').at(-1);
      if (code === 0 && line) resolve(JSON.parse(line) as T);
      else
        reject(
          new Error(`${fileURLToPath(file)} ${args.join(' ')} ended with ${signal ?? code} and no figures`),
        );
    });
  });
}
