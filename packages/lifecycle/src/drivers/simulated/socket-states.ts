import type { FailureCode } from '../../ports/driver.js';

/** Socket states that end a session, as whatsapp-web.js has it. */
export const FATAL_STATES: ReadonlyMap<string, FailureCode> = new Map([
  ['CONFLICT', 'CONFLICT'],
  ['UNPAIRED', 'UNPAIRED'],
  ['UNPAIRED_IDLE', 'UNPAIRED'],
  ['TOS_BLOCK', 'TOS_BLOCK'],
  ['SMB_TOS_BLOCK', 'TOS_BLOCK'],
  ['PROXYBLOCK', 'PROXYBLOCK'],
  ['DEPRECATED_VERSION', 'VERSION_NOT_SUPPORTED'],
]);
