/** Every fault that docs/reliability.md has a row for, and the test that each row is held by. */

export interface FaultRow {
  readonly fault: string;
  /** What the operator sees, and what bounds the time until then. */
  readonly seen: string;
  readonly does: string;
  /** The file from the root of the repository, and the name of the test as it is written there. */
  readonly tests: readonly (readonly [file: string, name: string])[];
}

const HAZARDS = 'testing/hazards/hazards.chrome.test.ts';
const PATIENCE = 'testing/hazards/patience.chrome.test.ts';
const FLEET = 'testing/hazards/fleet.chrome.test.ts';
const RECOVERY = 'packages/lifecycle/src/manager/recovery.test.ts';
const DRIVER = 'packages/lifecycle/src/drivers/whatsapp-web';
const LOSING = 'packages/lifecycle/src/ports/driver-losing.contract.ts';

const rows = {
  'browser-killed': {
    fault: 'SIGKILL of the browser',
    seen: '`disconnected`, `BROWSER_EXITED`: at once',
    does: 'A soft restart, one of the budget',
    tests: [
      [HAZARDS, 'that its browser is killed'],
      [LOSING, 'notices at once that the browser was killed, and opens again without a code'],
    ],
  },
  'browser-killed-writing': {
    fault: 'SIGKILL of the browser in the middle of a write to its database',
    seen: 'The same',
    does: 'The torn write is removed before the launch: Chromium would go on behind it, and delete the pairing at the start after',
    tests: [
      [HAZARDS, 'that its browser is killed in the middle of a write, and killed again'],
      [
        `${DRIVER}/torn-writes.chrome.test.ts`,
        'has not lost its pairing, neither at the next start nor at the one after it',
      ],
    ],
  },
  'renderer-killed': {
    fault: 'SIGKILL of the renderer',
    seen: '`connecting.reloading`: at once',
    does: 'Reloads the page in the same browser, for nothing',
    tests: [[HAZARDS, 'that the renderer of its page is killed']],
  },
  'page-crashed': {
    fault: 'The page crashes',
    seen: '`connecting.reloading`: at once',
    does: 'Reloads it for nothing; a second time before it was stable, the ladder',
    tests: [
      [HAZARDS, 'that its page crashes'],
      [RECOVERY, 'reloads a crashed page for nothing, once'],
    ],
  },
  'node-killed': {
    fault:
      'SIGKILL of the node, all its instances sending; two processes burn the CPU while it starts again, and every `ready` is lost',
    seen: 'The browsers end by themselves, the profiles are free',
    does: 'The next start restores all at once, without a code',
    tests: [
      [FLEET, 'is killed while they send: all restored at once under load, and no ready is lost'],
      [
        `${DRIVER}/dying.chrome.test.ts`,
        'by %s leaves no browser within two seconds, and its session is still paired afterwards',
      ],
      [
        'testing/demo/demo.chrome.test.ts',
        'deliver everything they accepted, once and in order, through ten kills of a browser and ten of the node',
      ],
    ],
  },
  'page-hung': {
    fault: 'The renderer hangs in a busy loop',
    seen: '`disconnected`, `PROBE_FAILED`: three probes, each HEALTH_CHECK_INTERVAL_MS + 20 % and 5 s',
    does: 'Kills the browser if it will not close; a soft restart',
    tests: [
      [HAZARDS, 'that its page hangs for ever: three probes, then the ladder'],
      [RECOVERY, 'begins after three probes in a row that were not answered'],
    ],
  },
  'never-boots': {
    fault: 'The page navigates away, and WhatsApp never boots in it again',
    seen: '`connecting.reconnecting`: at once; `SOCKET_STUCK` after RECONNECT_GRACE_MS, each attempt over after READY_TIMEOUT_MS',
    does: 'The ladder, within the budget, until the page boots again',
    tests: [[PATIENCE, 'whose page navigates away and never boots: each attempt ends at its deadline']],
  },
  'socket-opening': {
    fault: 'The socket is stuck in OPENING',
    seen: '`connecting.reconnecting`: at once; `SOCKET_STUCK` after RECONNECT_GRACE_MS',
    does: 'Sends pause, nothing is spent; then a soft restart',
    tests: [
      [HAZARDS, 'that its socket is stuck in OPENING'],
      [RECOVERY, 'leads to the ladder when it is still stuck then'],
    ],
  },
  'socket-timeout': {
    fault: 'The socket is stuck in TIMEOUT',
    seen: 'The same',
    does: 'The same',
    tests: [
      [HAZARDS, 'that its socket is stuck in TIMEOUT'],
      [RECOVERY, 'may reconnect for a minute: sends pause, no budget is spent'],
    ],
  },
  conflict: {
    fault: 'CONFLICT: the account is opened elsewhere',
    seen: '`disconnected`, `CONFLICT`: at once',
    does: 'The ladder; it never takes over',
    tests: [[HAZARDS, 'that its account is opened elsewhere']],
  },
  unpaired: {
    fault: 'The socket says UNPAIRED, and the pairing holds',
    seen: '`needs_qr`: at once',
    does: 'A new client on the same profile, for nothing; it is ready without a scan',
    tests: [[HAZARDS, 'that its socket says UNPAIRED although the pairing holds']],
  },
  'logged-out': {
    fault: 'The phone logs it out, and the page that follows cannot boot',
    seen: '`needs_qr`, `LOGGED_OUT`: at once',
    does: 'Closes the browser, removes the profile, shows a code; back is from the scan',
    tests: [
      [HAZARDS, 'that the phone logs it out while the page cannot boot: the library throws into the void'],
      [LOSING, 'is lost as logged out, once, when the phone unlinks it, and asks for a code afterwards'],
    ],
  },
  revoked: {
    fault: 'The session is revoked while the instance is stopped',
    seen: '`needs_qr`, `PAIRING_LOST`: with the start',
    does: 'Shows a code, spends nothing; back is from the scan',
    tests: [
      [HAZARDS, 'that its session is revoked while it is stopped'],
      [LOSING, 'finds out at its opening that the phone unlinked it meanwhile'],
    ],
  },
  'ready-lost': {
    fault: '`ready` never comes: the page was in sync before the library listened',
    seen: 'The `disconnected` of the restart by hand that the test asks for, and nothing else',
    does: 'Asks the page, and is ready',
    tests: [
      [HAZARDS, 'that its ready is lost, because the page was in sync before the library listened'],
      [
        `${DRIVER}/opening.chrome.test.ts`,
        'is not lost where the page was synchronised before the library listened, with three at once',
      ],
    ],
  },
  'ready-wrong': {
    fault: '`ready` comes three times, or before the page is in sync',
    seen: 'Nothing: one `ready`, when it is true',
    does: 'Folds them, holds the early one back',
    tests: [
      [`${DRIVER}/opening.chrome.test.ts`, 'is said once, however often the library says it'],
      [
        `${DRIVER}/opening.chrome.test.ts`,
        'waits until the page has received everything, though the library says so before',
      ],
    ],
  },
  'browser-frozen': {
    fault: 'The browser is frozen (SIGSTOP) and does not close: `destroy()` would hang',
    seen: '`disconnected.stopped`: the item in flight may take DRAIN_TIMEOUT_MS, the browser 12 s; then it is killed',
    does: 'Ends every process of it; back is from the next start',
    tests: [
      [PATIENCE, 'whose browser is frozen when it is stopped: it is killed at the deadline'],
      [
        LOSING,
        'does not wait longer than the deadline for a browser that is frozen, and gives up with it at the close',
      ],
      [
        'packages/lifecycle/src/ports/driver-closing.contract.ts',
        'kills at the deadline what does not end by itself',
      ],
    ],
  },
  'slow-sync': {
    fault: 'A scan whose sync takes longer than READY_TIMEOUT_MS and QR_TIMEOUT_MS',
    seen: '`needs_qr`, by the logout that the test begins with; `connecting.syncing` with the scan',
    does: 'Progress extends the attempt, up to SYNC_TIMEOUT_MS; back is from the scan',
    tests: [[PATIENCE, 'whose scan takes long to sync: progress keeps the attempt alive']],
  },
  'profile-not-writable': {
    fault: 'The profile cannot be written (a file is in its place)',
    seen: '`error.halted`, `PROFILE_NOT_WRITABLE`, with the path and the remedy: with the start',
    does: 'Launches nothing until a person starts it; back is from that start',
    tests: [
      [HAZARDS, 'that its profile cannot be written'],
      [`${DRIVER}/profiles.process.test.ts`, 'are refused one by one where only theirs cannot be written'],
    ],
  },
  'disk-full': {
    fault: 'The disk under the store is full',
    seen: 'Sends answer 503 `STORE_UNAVAILABLE`; back is from the first room',
    does: 'Stays ready, refuses what it cannot keep, and accepts again as soon as there is room',
    tests: [
      [FLEET, 'has no room left under its store: it refuses what it cannot keep'],
      [
        'packages/lifecycle/src/stores/sqlite/sqlite-disk.process.test.ts',
        'refuses writes and says why, keeps what it took, and works again as soon as there is room',
      ],
    ],
  },
  'profile-disk-full': {
    fault: 'The disk under a profile is full, and the browser is killed then',
    seen: 'Nothing before the kill: the page is refused its writes',
    does: 'Keeps its pairing: the browser makes no room for itself, and a write that was cut off is removed before the launch',
    tests: [[`${DRIVER}/full-disk.chrome.test.ts`, 'costs no pairing, however often it is full']],
  },
  'sigterm-launching': {
    fault: 'SIGTERM while instances launch',
    seen: 'Exit code 0, no browser left: DRAIN_TIMEOUT_MS and 1.5 s',
    does: 'The next start restores all, without a code; back is from that start',
    tests: [
      [FLEET, 'is terminated while they launch: it ends in time, and the next start restores them'],
      [`${DRIVER}/opening.chrome.test.ts`, 'leaves no process when it is given up after %i ms'],
    ],
  },
  'host-offline': {
    fault: 'The host is offline, and some instances have lost their browser',
    seen: 'One alert, `host_offline`; who has no browser is `disconnected.suspended`',
    does: 'Nobody restarts; all come back, within the 5 s between two looks at the host and the 15 s of the spread',
    tests: [
      [FLEET, 'loses its network: one alert, nobody spends budget, all come back'],
      [RECOVERY, 'cost nobody budget: ten minutes without a network, and all are back within two'],
    ],
  },
  'host-asleep': {
    fault: 'The machine is asleep for an hour (virtual clock)',
    seen: 'One alert, `host_asleep`',
    does: 'Nobody spends budget; all come back, staggered',
    tests: [[RECOVERY, 'include a machine that was asleep for an hour']],
  },
  'page-incompatible': {
    fault: 'WhatsApp changes its page under all instances',
    seen: '`connecting.authenticating`; after READY_TIMEOUT_MS `error.incompatible`, and one alert for all, `page_incompatible`',
    does: 'No storm: it stays linked and open, and tests the page again every PAGE_RETEST_MS. The first that is well lets all go on; back is from a start by hand of one',
    tests: [
      [FLEET, 'is served a page that nobody understands: one alert, no storm'],
      [RECOVERY, 'include a page that nobody understands any more: one alert, no storm'],
    ],
  },
  'starts-at-once': {
    fault: 'All instances are created at once',
    seen: 'At most MAX_CONCURRENT_LAUNCHES browsers launch at a time',
    does: 'The rest wait in `connecting.queued`; each is scanned when it shows its code',
    tests: [[FLEET, 'is asked for all its instances at once: the gate lets three launch at a time']],
  },
} as const satisfies Record<string, FaultRow>;

export type FaultKey = keyof typeof rows;
export const faultTable: Readonly<Record<FaultKey, FaultRow>> = rows;
