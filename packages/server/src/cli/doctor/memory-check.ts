/** Room for what browsers share between their processes, and memory for the browsers themselves. */
import { statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import { messageOf } from '@wakeeper/lifecycle';
import { shortBytes } from '../text-table.js';
import { type Finding, note, ok, wrong } from './finding.js';

const MIB = 1024 * 1024;
/** A page with media open shares this much at times. */
const SHARED_ROOM = 256 * MIB;
/** What one instance is planned with, on the real page. */
const INSTANCE_ROOM = 500 * MIB;

const roomIn = async (folder: string): Promise<{ readonly free: number; readonly size: number }> => {
  const { bavail, bsize, blocks } = await statfs(folder);
  return { free: bavail * bsize, size: blocks * bsize };
};

/**
 * Browsers are started with --disable-dev-shm-usage, so what they share is files in the temporary folder, and a container's
 * 64 MiB of /dev/shm do no harm.
 */
export async function sharedMemoryCheck(shm: string, temporary: string): Promise<Finding> {
  const check = 'shared-memory';
  const shmSize = await roomIn(shm).then(
    ({ size }) => `${shm} (${shortBytes(size)})`,
    () => `${shm} (missing)`,
  );
  try {
    const { free } = await roomIn(temporary);
    if (free < SHARED_ROOM)
      return wrong(
        check,
        `${temporary} has ${shortBytes(free)} left. Browsers share memory there, not in ${shmSize}, and their pages crash without room.`,
        `Make ${shortBytes(SHARED_ROOM)} free there, or set TMPDIR to a folder with room.`,
      );
    return ok(
      check,
      `Browsers share memory in ${temporary} (${shortBytes(free)} left), not in ${shmSize}, whose size does not matter.`,
    );
  } catch (error) {
    return wrong(
      check,
      `${temporary} cannot be looked at (${messageOf(error)}).`,
      'Set TMPDIR to a folder that is there.',
    );
  }
}

/** The system's own estimate where there is one, which counts what caches would give back. */
export function memoryCheck(available = process.availableMemory?.() ?? freemem()): Finding {
  const fits = Math.floor(available / INSTANCE_ROOM);
  const message = `${shortBytes(available)} of memory are available`;
  if (fits === 0)
    return note(
      'memory',
      `${message}: no further instance fits, at 500 MB each.`,
      'Stop what is not needed, or add memory.',
    );
  return ok('memory', `${message}: about ${fits} further instances, at 500 MB each.`);
}
