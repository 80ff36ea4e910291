/** Where and with what the figures were taken: without it they mean nothing. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface Host {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Over the last minute before the run: what else the machine had to do. */
  readonly loadBefore: number;
  readonly node: string;
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

export function hostNow(): Host {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    node: process.version,
    wakeeper: import.meta.resolve('@wakeeper/lifecycle').endsWith('.ts') ? 'sources' : 'built packages',
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}
