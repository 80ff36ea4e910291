/** Where figures were taken: processor, cores, load, versions. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';

/** The load is that of now: ask before the work begins. */
export function machine(): string {
  const browser = execFileSync(process.env.CHROME_PATH ?? 'chromium', ['--version'], {
    encoding: 'utf8',
    // Debian's wrapper complains there about the host.
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [cpu] = cpus();
  const load = loadavg()[0]?.toFixed(1);
  return `${cpus().length} cores of ${cpu?.model.trim()} with a load of ${load} at the start, Node ${process.versions.node}, ${browser.trim().replace(/ built on.*/, '')}`;
}
