/** The store: whether it opens, whose it is, and whether its disk lets it be written. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '@wakeeper/lifecycle';
import { inspectSqliteStore, type StoreInspection } from '@wakeeper/lifecycle/sqlite';
import type { Config } from '../../config.js';
import { type Finding, note, ok, wrong } from './finding.js';
import { lookAtFolder } from './folder-check.js';

const CHECK = 'store';

export interface StoreState {
  readonly finding: Finding;
  /** For the check of the clock; null when the store cannot be read. */
  readonly inspection: StoreInspection | null;
}

/** @param isServing a server answers on PORT: then it is no wonder that the store has an owner. */
export async function storeCheck(store: Config['store'], isServing: boolean): Promise<StoreState> {
  if (store.kind === 'memory') {
    const finding = note(
      CHECK,
      'STORE_URL is memory: everything is forgotten at the end of the process.',
      'Set STORE_URL=sqlite:PATH to keep what was accepted.',
    );
    return { finding, inspection: null };
  }
  const folder = await lookAtFolder(dirname(store.path), 'the folder of STORE_URL');
  if (folder.fault)
    return { finding: wrong(CHECK, folder.fault.message, folder.fault.remedy), inspection: null };
  try {
    const inspection = inspectSqliteStore(store.path);
    return { finding: await findingOf(inspection, isServing), inspection };
  } catch (error) {
    return { finding: wrong(CHECK, messageOf(error)), inspection: null };
  }
}

async function findingOf(
  { path, exists, ids, isOwned, lockFile }: StoreInspection,
  isServing: boolean,
): Promise<Finding> {
  if (!exists) return ok(CHECK, `The store ${path} is not there yet, and can be made.`);
  const holds = `The store ${path} is whole and holds ${ids.length} instances`;
  if (!isOwned) return ok(CHECK, `${holds}; nobody has it open.`);
  const owner = (await holderOfFile(lockFile)) ?? 'another process';
  if (isServing) return ok(CHECK, `${holds}; ${owner} has it open.`);
  return wrong(
    CHECK,
    `${holds}; ${owner} has it open, and no server answers on PORT.`,
    'Stop that process, or set PORT as it has it.',
  );
}

/** The process that has a file open, where the system tells: Linux, and processes of this user. */
export async function holderOfFile(file: string, proc = '/proc'): Promise<string | undefined> {
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const folder = join(proc, pid, 'fd');
    for (const fd of await readdir(folder).catch(() => [])) {
      if ((await readlink(join(folder, fd)).catch(() => '')) !== file) continue;
      const name = (await readFile(join(proc, pid, 'comm'), 'utf8').catch(() => '')).trim();
      return `process ${pid}${name ? ` (${name})` : ''}`;
    }
  }
  return undefined;
}
