/** The profile folders below AUTH_BASE_DIR: one for each instance, where they are, how they come and go. */
import { constants } from 'node:fs';
import { access, cp, mkdir, mkdtemp, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { LifecycleError, messageOf } from '../../domain/errors.js';
import { parseInstanceId, profileFolder } from '../../domain/instance-id.js';
import { DriverError } from '../../ports/driver.js';
import { holderOf, isChromiumLock, removeStaleLocks } from './chromium-locks.js';
import { type FoundDamage, mendTornWrites } from './torn-writes.js';

const exists = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  );

const notWritable = (path: string, cause: unknown): DriverError =>
  new DriverError(
    {
      code: 'PROFILE_NOT_WRITABLE',
      message: `${path} cannot be written (${messageOf(cause)}). Make AUTH_BASE_DIR a directory that this user can write to, on a disk with room.`,
    },
    cause,
  );

export class Profiles {
  /** AUTH_BASE_DIR, absolute and without symbolic links, so that each profile has one name only. */
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes the directory when it is missing. @throws DriverError PROFILE_NOT_WRITABLE */
  static async open(authBaseDir: string): Promise<Profiles> {
    const wanted = resolve(authBaseDir);
    try {
      await mkdir(wanted, { recursive: true, mode: 0o700 });
      return new Profiles(await realpath(wanted));
    } catch (cause) {
      throw notWritable(wanted, cause);
    }
  }

  /** What is LocalAuth's `dataPath`. */
  folder(instanceId: string): string {
    return join(this.directory, profileFolder(parseInstanceId(instanceId)));
  }

  /** Chromium's user data directory, by the name that LocalAuth gives it. */
  profile(instanceId: string): string {
    return join(this.folder(instanceId), `session-${instanceId}`);
  }

  /** @throws DriverError PROFILE_NOT_WRITABLE */
  async prepare(instanceId: string): Promise<string> {
    const profile = this.profile(instanceId);
    try {
      await mkdir(profile, { recursive: true, mode: 0o700 });
      await access(profile, constants.W_OK);
      // Root may write everywhere and still not on a read-only or full disk: only a write tells.
      await rm(await mkdtemp(join(profile, '.writable-')), { recursive: true });
    } catch (cause) {
      throw notWritable(profile, cause);
    }
    return profile;
  }

  /** No browser works on the profile. Resolves with what was found. @throws DriverError PROFILE_NOT_WRITABLE */
  async mendTornWrites(instanceId: string): Promise<readonly FoundDamage[]> {
    const profile = this.profile(instanceId);
    try {
      return await mendTornWrites(profile);
    } catch (cause) {
      // Chromium would delete a database for it: better no browser than one that asks for a scan.
      throw notWritable(profile, cause);
    }
  }

  /**
   * Idempotent. No browser works on the profile. What is not ours stays: the folder of an instance `session-shop` may be
   * the profile that a server without wakeeper keeps in the same directory.
   * @throws DriverError PROFILE_NOT_WRITABLE
   */
  async remove(instanceId: string): Promise<void> {
    const folder = this.folder(instanceId);
    const profile = this.profile(instanceId);
    try {
      // A browser that was killed has left more of its lock than lies in here.
      await removeStaleLocks(profile);
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      await this.#forgetHalfCopies(instanceId);
      await rmdir(folder);
    } catch (cause) {
      const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
      if (code !== 'ENOENT' && code !== 'ENOTEMPTY') throw notWritable(folder, cause);
    }
  }

  /**
   * Copies a profile that somebody else made: `source` itself, or `session-<id>` in it. The source is only read. A crash
   * in the middle leaves nothing at the destination.
   * @throws LifecycleError PROFILE_NOT_FOUND, PROFILE_IN_USE. @throws DriverError PROFILE_NOT_WRITABLE
   */
  async adopt(instanceId: string, source: string): Promise<void> {
    const from = await findProfile(resolve(source), instanceId);
    const to = this.profile(instanceId);
    if (await exists(to))
      throw new LifecycleError('PROFILE_IN_USE', {
        message: `Instance ${instanceId} has a profile of its own at ${to}. Remove the instance first, or choose another id.`,
      });
    await refuseHeld(from);
    await mkdir(this.folder(instanceId), { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw notWritable(to, cause);
    });
    await this.#forgetHalfCopies(instanceId);
    const half = await mkdtemp(join(this.folder(instanceId), HALF)).catch((cause: unknown) => {
      throw notWritable(to, cause);
    });
    try {
      await cp(from, half, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => !isChromiumLock(basename(path)),
      });
      // A browser that began meanwhile may have written while we read.
      await refuseHeld(from);
      await rename(half, to);
    } catch (cause) {
      await rm(half, { recursive: true, force: true }).catch(() => undefined);
      throw cause instanceof LifecycleError ? cause : notWritable(to, cause);
    }
  }

  async #forgetHalfCopies(instanceId: string): Promise<void> {
    const folder = this.folder(instanceId);
    for (const name of await readdir(folder))
      if (name.startsWith(HALF)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

const HALF = '.adopting-';

/** A profile is recognised by what Chromium writes into each. */
export const isProfile = async (path: string): Promise<boolean> =>
  (await exists(join(path, 'Default'))) || (await exists(join(path, 'Local State')));

async function findProfile(source: string, instanceId: string): Promise<string> {
  for (const path of [source, join(source, `session-${instanceId}`)])
    if (await isProfile(path)) return await realpath(path);
  const isFolder = await stat(source).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const sessions = isFolder ? (await readdir(source)).filter((name) => /^session(-|$)/.test(name)) : [];
  const hint =
    sessions.length > 0
      ? `It holds ${sessions.slice(0, 10).join(', ')}: name one of them as the source.`
      : '';
  throw new LifecycleError('PROFILE_NOT_FOUND', {
    message: `There is no profile at ${source}, nor session-${instanceId} in it. ${hint || 'Give the folder that LocalAuth wrote, as this host sees it.'}`,
    details: { path: 'source' },
  });
}

async function refuseHeld(profile: string): Promise<void> {
  const holder = await holderOf(profile);
  if (!holder) return;
  const elsewhere = holder.host !== hostname();
  throw new LifecycleError('PROFILE_IN_USE', {
    message: elsewhere
      ? `${profile} is locked by a browser on host ${holder.host}. Stop it; when that host is gone for good, remove ${join(profile, 'SingletonLock')}.`
      : `A browser works on ${profile}${holder.pid ? ` (process ${holder.pid})` : ''}. Stop the server that runs it first.`,
    details: { host: holder.host, pid: holder.pid },
  });
}
