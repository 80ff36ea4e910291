/**
 * Chromium's own lock on a profile: three symbolic links, of which `SingletonLock` points to `<host>-<pid>`. One that
 * names another host is believed for ever (exit code 21), so a container with a new name could never start again.
 */
import { lstat, readdir, readlink, rm, rmdir, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { processesOn } from './process-table.js';

const LINKS = ['SingletonLock', 'SingletonCookie', 'SingletonSocket'];

/** Names that Chromium must make anew, and that a copy of a profile leaves out. */
export const isChromiumLock = (name: string): boolean => LINKS.includes(name) || name === 'lockfile';

/** Where a link points to, or undefined when there is none. */
async function target(link: string): Promise<string | undefined> {
  try {
    return await readlink(link);
  } catch {
    return undefined;
  }
}

/**
 * Removes the links of a browser that is gone. Only for the owner of AUTH_BASE_DIR: nobody else may start a browser
 * meanwhile. Resolves with false, and touches nothing, when there are links and a process works on the profile.
 */
export async function removeStaleLocks(profile: string): Promise<boolean> {
  // A browser that has ended by itself leaves none: the look at all processes is saved then.
  const names = await readdir(profile).catch((): string[] => []);
  if (!LINKS.some((name) => names.includes(name))) return true;
  if ((await processesOn(profile)).length > 0) return false;
  const socket = await target(join(profile, 'SingletonSocket'));
  for (const name of LINKS) await rm(join(profile, name), { force: true });
  if (socket) await removeSocketFolder(dirname(socket));
  return true;
}

/** The socket itself lies in a folder of its own below the temporary one, and nobody else removes it. */
async function removeSocketFolder(folder: string): Promise<void> {
  if (!/^(org\.chromium\.Chromium|com\.google\.Chrome)\.\w+$/.test(basename(folder))) return;
  for (const name of ['SingletonSocket', 'SingletonCookie'])
    await unlink(join(folder, name)).catch(() => undefined);
  // Best effort: a few bytes in the temporary folder harm nobody.
  await rmdir(folder).catch(() => undefined);
}

export type Holder = { readonly pid: number | null; readonly host: string };

/** Who holds a profile that is not ours: a living process here, or a lock of another host, which nobody here can check. */
export async function holderOf(profile: string): Promise<Holder | undefined> {
  const [alive] = await processesOn(profile);
  if (alive) return { pid: alive.pid, host: hostname() };
  const lock = join(profile, 'SingletonLock');
  const named = /^(.*)-(\d+)$/.exec((await target(lock)) ?? '');
  if (named?.[1] && named[1] !== hostname()) return { pid: Number(named[2]), host: named[1] };
  // Not a link: Windows, where an open `lockfile` cannot be removed by anybody else and the copy itself would fail.
  return (await lstat(lock).catch(() => undefined))?.isFile() ? { pid: null, host: hostname() } : undefined;
}
