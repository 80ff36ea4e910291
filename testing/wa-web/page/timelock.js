import { Cmd } from './cmd.js';
import { faults } from './faults.js';

/** Where the page keeps what the server said of the lock. */
const KEY = 'reachout_timelock';

export const isTimelocked = () => faults.timelock !== undefined && faults.timelock.until > Date.now();

const stored = () =>
  isTimelocked()
    ? {
        enforcement_type: faults.timelock.kind,
        time_enforcement_ends: faults.timelock.until,
        state: 'NOT_VISIBLE',
      }
    : undefined;

let noted;

/** The server has said how it stands: the command bus announces a change. */
export function noteTimelock() {
  const now = JSON.stringify(faults.timelock);
  if (now === noted) return;
  noted = now;
  Cmd.trigger('reachout_timelock_state_change');
}

/** Whom the account has a chat with may be written to; a message that the server has not taken makes no chat. */
const canSendMsgWhileTimelocked = ({ chat }) =>
  chat.msgs.getModelsArray().some(({ id, ack }) => !id.fromMe || ack > 0);

export const timelockModules = {
  WAWebReachoutTimelockUtils: {
    REACHOUT_TIMELOCK_IDB_KEY: KEY,
    isUserReachoutTimelocked: isTimelocked,
    canSendMsgWhileTimelocked,
  },
  WAWebGetReachoutTimelockJob: { fetchReachoutTimelock: async () => noteTimelock() },
  WAWebUserPrefsIndexedDBStorage: {
    userPrefsIdb: { get: (key) => (key === KEY ? stored() : undefined) },
  },
};
