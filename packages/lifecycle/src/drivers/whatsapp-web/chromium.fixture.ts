/** A Chromium without any driver around it, on a profile. */
import { type ChildProcess, spawn } from 'node:child_process';
import { findBrowser } from './browser-finder.js';
import { until } from './chrome-world.fixture.js';
import { processesOn } from './process-table.js';

/** Resolves when it shows its page. Its process group is its own. */
export async function startChromium(profile: string): Promise<ChildProcess> {
  const args = [
    '--headless',
    '--disable-gpu',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    'about:blank',
  ];
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  const chromium = spawn(findBrowser(process.env.CHROME_PATH), args, { detached: true, stdio: 'ignore' });
  // The browser, its zygotes and a page at least.
  await until(async () => (await processesOn(profile)).length >= 5, `Chromium on ${profile}`);
  return chromium;
}

/** Kills the group of a Chromium that the test started, if there is anything left of it. */
export function endChromium(chromium: ChildProcess): void {
  if (chromium.pid === undefined) return;
  try {
    process.kill(-chromium.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
