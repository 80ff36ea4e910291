/** Where and with what the figures were taken: without it they mean nothing. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CHROMIUM, HEADLESS_SHELL } from './browsers.js';

export interface Host {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Over the last minute before the run: what else the machine had to do. */
  readonly loadBefore: number;
  readonly node: string;
  /** Null where none was found: what needs one is left out then. */
  readonly chromium: string | null;
  readonly headlessShell: string | null;
  readonly system: string;
  readonly wakeeper: 'built packages' | 'sources';
  readonly packages: Readonly<Record<string, string>>;
}

const PACKAGES = ['@wakeeper/lifecycle', 'xstate', 'p-queue', 'hono', 'whatsapp-web.js'];

/** The version of an installed package, whatever its exports hide. */
function versionOf(name: string): string {
  for (let folder = new URL('.', import.meta.resolve(name)); ; folder = new URL('..', folder)) {
    try {
      const found = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (found.name === name && found.version) return found.version;
    } catch {
      // No package here: it begins further up.
    }
    if (folder.pathname === '/')
      throw new Error(`${name} has no package.json above ${fileURLToPath(folder)}`);
  }
}

const versionOfBrowser = (path: string | null): string | null =>
  path &&
  execFileSync(path, ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 30_000,
  })
    .replace(/ built on.*/s, '')
    .trim();

export function hostNow(): Host {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    node: process.version,
    chromium: versionOfBrowser(CHROMIUM),
    headlessShell: versionOfBrowser(HEADLESS_SHELL),
    system: `${type()} ${release()}`,
    wakeeper: import.meta.resolve('@wakeeper/lifecycle').endsWith('.ts') ? 'sources' : 'built packages',
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}
