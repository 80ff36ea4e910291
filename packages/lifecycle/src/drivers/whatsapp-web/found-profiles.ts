/** The profiles that LocalAuth has left in a folder, as a home-made server keeps them: `session`, and `session-<id>`. */
import { lstat, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LifecycleError, messageOf } from '../../domain/errors.js';
import { type Holder, holderOf } from './chromium-locks.js';
import { isProfile } from './profiles.js';

export interface FoundProfile {
  /** Absolute. */
  readonly path: string;
  /** The client id that LocalAuth was given; null for `session`, which is the one without. */
  readonly clientId: string | null;
  /** What its files hold together. */
  readonly bytes: number;
  /** Who works on it; a pid of null where only the host is known. */
  readonly heldBy: Holder | null;
}

const NAME = /^session(?:-(.+))?$/;

/**
 * In the order of their names. Nothing is changed.
 * @throws LifecycleError PROFILE_NOT_FOUND when there is no such folder, or it cannot be read
 */
export async function findProfiles(directory: string): Promise<readonly FoundProfile[]> {
  const folder = resolve(directory);
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new LifecycleError('PROFILE_NOT_FOUND', {
      message: `${folder} cannot be read (${messageOf(cause)}). Give the folder that LocalAuth wrote to (its dataPath), as this host sees it.`,
      details: { path: 'directory' },
      cause,
    });
  });
  const found: FoundProfile[] = [];
  for (const name of names.sort()) {
    const match = NAME.exec(name);
    const path = join(folder, name);
    if (!match || !(await isProfile(path))) continue;
    found.push({
      path,
      clientId: match[1] ?? null,
      bytes: await bytesIn(path),
      heldBy: (await holderOf(path)) ?? null,
    });
  }
  return found;
}

/** A browser may work there: what is gone meanwhile counts nothing. */
async function bytesIn(path: string): Promise<number> {
  const own = await stat(path).catch(() => undefined);
  if (!own?.isDirectory()) return 0;
  let bytes = 0;
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) bytes += await bytesIn(inside);
    else if (entry.isFile()) bytes += (await lstat(inside).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}
