/**
 * Why WhatsApp Web logs out, in its own words: the names of its module WAWebLogoutReasonConstants as wa-js 4.6.0 lists
 * them (wa-js#3424), and the digits that it keeps for some of them over the reload (WAWebLogoutReason, read in a public
 * mirror of the page's modules). What each means is read from its name and from where the page uses it; no source says which
 * of them leave a link that can be used again. So a profile is given up only where the name itself says that the link is
 * gone on the phone: a profile that is kept for nothing costs one more attempt, one that was forgotten costs a scan.
 */
import type { DriverFailure } from '../../ports/driver.js';

interface LogoutReason {
  readonly means: string;
  /** The phone or the server does not list this device any more: its profile is worth nothing. */
  readonly unlinks: boolean;
}

const unlinked = (means: string): LogoutReason => ({ means, unlinks: true });
const ended = (means: string): LogoutReason => ({ means, unlinks: false });

const SYNC = 'the account could not be synchronised';
const STORAGE = "the browser's storage failed";
const MIGRATION = "the account's move to lids failed";

export const LOGOUT_REASONS: ReadonlyMap<string, LogoutReason> = new Map([
  ['user_initiated', unlinked('a person has logged it out')],
  ['unknown_companion', unlinked('WhatsApp does not know this device any more')],
  ['md_opt_out', unlinked('the account has given up linked devices')],
  ['primary_identity_key_change', unlinked('the phone was registered again')],

  ['invalid_adv_status', ended('the list of linked devices that the phone has signed is not valid')],
  ['account_locked', ended('WhatsApp has locked the account; verify the number on the phone')],
  ['client_version_outdated', ended('this version of WhatsApp Web is too old')],

  ['syncd_failure', ended(SYNC)],
  ['syncd_timeout', ended(SYNC)],
  ['syncd_error_during_bootstrap', ended(SYNC)],
  ['critical_sync_timeout', ended(SYNC)],
  ['account_sync_error', ended(SYNC)],
  ['account_sync_timeout', ended(SYNC)],
  [
    'history_sync_timeout',
    ended('the phone did not hand over the history in time; keep WhatsApp open on it'),
  ],
  ['missing_enc_salt', ended('a key of the synchronisation is missing')],
  ['missing_screen_lock_salt', ended('a key of the screen lock is missing')],

  ['storage_quota_exceeded', ended("the browser's storage is full")],
  ['cache_storage_open_failed', ended(STORAGE)],
  ['web_fail_storage_initialization', ended(STORAGE)],
  ['web_fail_enc_salt', ended(STORAGE)],
  ['web_fail_add_chat', ended(STORAGE)],
  ['web_fail_offline_resume', ended('what came while the page was away could not be read')],
  // Until 2024.
  ['client_fatal_error', ended(STORAGE)],

  ['lid_migration_split_thread_mismatch', ended(MIGRATION)],
  ['lid_migration_no_lid_available', ended(MIGRATION)],
  ['lid_migration_primary_mappings_obsolete', ended(MIGRATION)],
  ['lid_migration_peer_mapping_not_received', ended(MIGRATION)],
  ['lid_migration_peer_mapping_malformed', ended(MIGRATION)],
  ['lid_migration_state_discrepancy', ended(MIGRATION)],
  ['lid_migration_failed_to_parse_mapping', ended(MIGRATION)],
  ['lid_migration_companion_incompatible_killswitch', ended(MIGRATION)],
  ['lid_migration_one_on_one_thread_migration_internal_error', ended(MIGRATION)],
  ['lid_blocklist_pn_when_migrated', ended(MIGRATION)],
  ['lid_blocklist_chat_db_unmigrated', ended(MIGRATION)],

  // LOGOUT_REASON_CODE: all that the document after the logout still has.
  ['0', ended(STORAGE)],
  ['1', ended(SYNC)],
  ['2', ended('the phone did not hand over the history in time; keep WhatsApp open on it')],
  ['3', ended('WhatsApp has locked the account; verify the number on the phone')],
]);

/** Null: the page gave no reason, as it does where the device was removed on the phone. */
export function failureOfLogout(reason: string | null): DriverFailure {
  if (reason === null)
    return { code: 'LOGGED_OUT', message: 'The account was unlinked on the phone. Scan a new code.' };
  const known = LOGOUT_REASONS.get(reason);
  // A word that is not in the table says only that it was not the ordinary unlinking.
  const because = known ? `${known.means} (${reason})` : `${reason}, a reason that is not known here`;
  return known?.unlinks
    ? {
        code: 'LOGGED_OUT',
        message: `The account was unlinked: ${because}. Scan a new code.`,
        logoutReason: reason,
      }
    : {
        code: 'SESSION_ENDED',
        message: `WhatsApp Web has ended the session by itself: ${because}.`,
        logoutReason: reason,
      };
}
