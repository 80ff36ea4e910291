/** MEDIA_SPOOL_DIR: whether media that are sent can lie there until they are whole. */
import { type Finding, ok, wrong } from './finding.js';
import { lookAtFolder } from './folder-check.js';

const CHECK = 'media-spool';

export async function spoolCheck(directory: string): Promise<Finding> {
  const { path, exists, fault } = await lookAtFolder(directory, 'MEDIA_SPOOL_DIR');
  if (fault)
    return wrong(
      CHECK,
      fault.message,
      'Make MEDIA_SPOOL_DIR a directory on a local disk, with room, that this user can write to.',
    );
  return ok(
    CHECK,
    `Media are spooled to ${path}${exists ? '' : ', which is not there yet, and can be made'}.`,
  );
}
