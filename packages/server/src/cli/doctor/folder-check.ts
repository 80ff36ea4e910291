/** Whether a folder can be written: by writing, since root may do everything except on a disk that is full or read-only. */
import { mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { messageOf } from '@wakeeper/lifecycle';
import { networkDiskOf } from '@wakeeper/lifecycle/sqlite';
import { shortBytes } from '../text-table.js';

export interface FolderState {
  /** Absolute. */
  readonly path: string;
  readonly exists: boolean;
  /** Why it cannot be written, with its remedy; null when it can. */
  readonly fault: { readonly message: string; readonly remedy: string } | null;
  /** Others on this machine may look into it. */
  readonly isOpenToOthers: boolean;
  readonly freeBytes: number;
}

const LEAST_ROOM = 200 * 1024 * 1024;

/** What is missing is looked at in the nearest folder above, where it would be made. */
export async function lookAtFolder(folder: string, name: string): Promise<FolderState> {
  const path = resolve(folder);
  const found = await stat(path).catch(() => undefined);
  const there = found ? path : await nearest(path);
  const base = {
    path,
    exists: found !== undefined,
    isOpenToOthers: found ? (found.mode & 0o077) !== 0 : false,
  };
  try {
    await rm(await mkdtemp(join(there, '.wakeeper-doctor-')), { recursive: true });
    const { bavail, bsize } = await statfs(there);
    return { ...base, freeBytes: bavail * bsize, fault: faultOf(path, name, there, bavail * bsize) };
  } catch (error) {
    const remedy = `Make ${name} a directory that this user can write to.`;
    return {
      ...base,
      freeBytes: 0,
      fault: { message: `${there} cannot be written (${messageOf(error)}).`, remedy },
    };
  }
}

function faultOf(path: string, name: string, there: string, free: number): FolderState['fault'] {
  const disk = networkDiskOf(there);
  if (disk !== undefined)
    return {
      message: `${path} is on a network disk (${disk}), whose locks cannot keep it to one owner.`,
      remedy: `Put ${name} on a local disk.`,
    };
  if (free >= LEAST_ROOM) return null;
  return {
    message: `The disk of ${path} has ${shortBytes(free)} left.`,
    remedy: 'Free some space: a profile alone takes 100 MB and more.',
  };
}

async function nearest(path: string): Promise<string> {
  const above = dirname(path);
  const found = await stat(above).catch(() => undefined);
  return found || above === path ? above : nearest(above);
}
