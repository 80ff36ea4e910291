/** AUTH_BASE_DIR: whether profiles can be kept there, who works with them, and who can read them. */
import { readdir } from 'node:fs/promises';
import { messageOf } from '@wakeeper/lifecycle';
import { ownerOfProfiles } from '@wakeeper/lifecycle/whatsapp-web';
import { type Finding, note, ok, wrong } from './finding.js';
import { lookAtFolder } from './folder-check.js';

const CHECK = 'profiles';

/** @param isServing a server answers on PORT: then it is no wonder that the folder has an owner. */
export async function profilesCheck(authBaseDir: string, isServing: boolean): Promise<Finding> {
  const { path, exists, fault, isOpenToOthers } = await lookAtFolder(authBaseDir, 'AUTH_BASE_DIR');
  if (fault) return wrong(CHECK, fault.message, fault.remedy);
  if (!exists) return ok(CHECK, `AUTH_BASE_DIR ${path} is not there yet, and can be made.`);
  let owner: string | null;
  try {
    owner = ownerOfProfiles(path);
  } catch (error) {
    return wrong(CHECK, messageOf(error));
  }
  if (owner !== null && !isServing)
    return wrong(
      CHECK,
      `AUTH_BASE_DIR ${path} is in use by ${owner}, and no server answers on PORT.`,
      'Stop that process, or set PORT as it has it.',
    );
  const count = (await readdir(path, { withFileTypes: true })).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.'),
  ).length;
  const state = `AUTH_BASE_DIR ${path} can be written and holds ${count} folders of profiles${owner === null ? '' : `; ${owner} has it`}.`;
  if (isOpenToOthers)
    return note(
      CHECK,
      `${state} Other users of this machine can look into it, and whoever reads a profile can act as its account.`,
      `chmod 700 ${path}`,
    );
  return ok(CHECK, state);
}
