import { Cmd } from './cmd.js';
import { connection } from './connection.js';
import { faults } from './faults.js';
import { storage } from './storage.js';

/** Reasons that the page passes on to the document after the logout, as the real one does; of the others it keeps nothing. */
const logoutCodes = {
  web_fail_add_chat: '0',
  web_fail_enc_salt: '0',
  web_fail_offline_resume: '0',
  web_fail_storage_initialization: '0',
  syncd_failure: '1',
  syncd_error_during_bootstrap: '1',
  account_sync_error: '1',
  syncd_timeout: '1',
  critical_sync_timeout: '1',
  history_sync_timeout: '2',
  account_locked: '3',
};

let previousLogoutCode = null;

/** An object whose functions can be replaced: the page itself calls them through it. */
export const LogoutReason = {
  getErrorCodeFromLogoutReason: (reason) => logoutCodes[reason] ?? null,
  getPrevLogoutReasonCode: () => previousLogoutCode,
  setPrevLogoutReasonCode: (code) => {
    previousLogoutCode = code;
  },
};

/** The document after a logout: remembers the code that stands in its address, and takes the marks of the logout out of it. */
export function handlePreviousLogout() {
  const query = new URLSearchParams(location.search);
  const code = query.get('logout_reason');
  if (code !== null) LogoutReason.setPrevLogoutReasonCode(code);
  if ((code !== null || query.has('post_logout')) && !faults.keepsLogoutMarks)
    history.replaceState({}, '', location.pathname);
}

/** The end of a pairing: the library hears the command, the storage is emptied, and only then the page goes away. */
export async function forgetDevice(command) {
  connection.stop();
  Cmd.trigger(command);
  sessionStorage.clear();
  await storage.clear();
}

/** `reason`: a name that the page has for it, or the bare code of a page that keeps no names. */
export async function logOutFromBridge(reason) {
  const code = /^\d$/.test(reason ?? '') ? reason : LogoutReason.getErrorCodeFromLogoutReason(reason);
  await forgetDevice('logout_from_bridge');
  leaveAfterLogout(code);
}

export function leaveAfterLogout(code) {
  location.assign(`/?post_logout=1${code == null ? '' : `&logout_reason=${code}`}`);
}

/** The page ends its own link, as if the phone had. */
export async function unlinkItself(reason) {
  await connection.request({ t: 'logout' }).catch(() => {});
  await logOutFromBridge(reason);
}
