/**
 * Chromium keeps a pairing in two LevelDB databases, goes on behind a write that a kill or a full disk has cut off, and
 * deletes a database whose log it finds corrupt at the start after that: the instance asks for a scan, without any word of
 * the reason. So what is torn is mended before each launch. Nothing is lost by it that the page was ever told to be written.
 */
import { open, readdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inspectLog, type LogState } from './leveldb-log.js';

/** A log that is not as its writer leaves it. */
export interface FoundDamage {
  readonly path: string;
  readonly kind: Exclude<LogState['kind'], 'whole'>;
}

/**
 * Mends what a killed browser has left below this profile. No browser may work on it. Resolves with every log that was
 * mended, and with those that are damaged in another way (`unreadable`), which are left as they are.
 * @throws Error of the file system
 */
export async function mendTornWrites(profile: string): Promise<readonly FoundDamage[]> {
  const found: FoundDamage[] = [];
  for (const path of await logsOf(profile)) {
    const state = inspectLog(await readFile(path));
    if (state.kind === 'whole') continue;
    if (state.kind === 'tornAtEnd') await cut(path, state.wholeBytes);
    if (state.kind === 'tornWithin') await replace(path, state.bytes);
    found.push({ path, kind: state.kind });
  }
  return found;
}

/** For the operator's log. */
export const inWords = ({ path, kind }: FoundDamage): string =>
  kind === 'unreadable'
    ? `${path} is damaged, though not by a write that was cut off. Chromium may delete its database, and the instance then asks for a scan. Look after the disk.`
    : `A write to ${path} was cut off: the browser was killed, or the disk was full. Its beginning was removed, so that Chromium does not delete the pairing for it.`;

async function logsOf(profile: string): Promise<readonly string[]> {
  const origins = join(profile, 'Default', 'IndexedDB');
  const databases = [
    ...(await namesIn(origins))
      .filter((name) => name.endsWith('.leveldb'))
      .map((name) => join(origins, name)),
    join(profile, 'Default', 'Local Storage', 'leveldb'),
  ];
  const logs = databases.map(async (database) =>
    (await namesIn(database)).filter((name) => LOG.test(name)).map((name) => join(database, name)),
  );
  return (await Promise.all(logs)).flat();
}
const LOG = /^(\d+\.log|MANIFEST-\d+)$/;

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Takes no room, so that a full disk does not stand in its way. */
async function cut(path: string, length: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.truncate(length);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** All or nothing: a crash in the middle leaves the log as it was, and a name that LevelDB removes. */
async function replace(path: string, bytes: Buffer): Promise<void> {
  const half = join(dirname(path), '000000.dbtmp');
  const file = await open(half, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(half, path);
}
