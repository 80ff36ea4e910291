import { connection } from './connection.js';
import { delay, faults, never, replaceFaults } from './faults.js';
import { beginFreshLink, isUnlinkedByReading } from './fresh-link.js';
import {
  forgetDevice,
  handlePreviousLogout,
  leaveAfterLogout,
  logOutFromBridge,
  unlinkItself,
} from './logout.js';
import { becomes, Conn, Socket } from './me.js';
import { loadHistory } from './messages.js';
import { flush } from './sending.js';
import { settings } from './settings.js';
import { storage } from './storage.js';
import { startSync } from './sync.js';
import { noteTimelock } from './timelock.js';
import { loadVotes } from './votes.js';

/** The device's credentials; undefined until paired. */
let credentials;
/** The phone has linked this page, and the server has not greeted it yet. */
let justLinked = false;
/** A code to be typed into the phone is shown: the page stays. */
let showsPairingCode = false;

function tell() {
  connection.send({ t: 'page', state: Socket.state, synced: Socket.hasSynced });
}

// Not on 'change:hasSynced': whoever listens to that is taken for the library.
Socket.on('change', tell);

/** Asks the server which faults hold for this device, before the page shows anything of itself. */
async function passGate() {
  const body = { load: settings.load, phone: credentials?.phone, path: location.pathname + location.search };
  const answer = await fetch('/gate', { method: 'POST', body: JSON.stringify(body) }).catch(() => undefined);
  if (answer?.ok) replaceFaults(await answer.json());
}

export async function start(show) {
  if (!settings.waitsForGate) show();
  [credentials] = await storage.all('session');
  await passGate();
  const blank = faults.page ?? (location.search.includes('post_logout') ? faults.pageAfterLogout : undefined);
  if (blank) return;
  handlePreviousLogout();
  if (settings.waitsForGate) show();
  await loadHistory();
  await loadVotes();
  Socket.set({ state: 'OPENING' });
  connection.open();
}

async function logout() {
  await connection.request({ t: 'logout' }).catch(() => {});
  await forgetDevice('logout');
  // The real page lets its own call finish before it goes; navigating at once would make client.logout() reject.
  const stay = faults.logoutNavigationMs ?? 300;
  if (stay > 0) return void setTimeout(leaveAfterLogout, stay);
  leaveAfterLogout();
  return never();
}

/** The real page reloads every now and then while it waits for a scan. */
function reloadWhileUnpaired() {
  const { qrReloadMs } = faults;
  if (qrReloadMs === undefined) return;
  setTimeout(() => {
    if (Socket.state === 'UNPAIRED' && !showsPairingCode) location.reload();
  }, qrReloadMs);
}

connection.on('opened', () => {
  connection.send({ t: 'hello', load: settings.load, credentials });
  tell();
});

connection.on('closed', () => {
  const held = ['UNPAIRED', 'UNPAIRED_IDLE', 'CONFLICT', 'TIMEOUT'];
  if (!held.includes(Socket.state)) Socket.set({ state: 'OPENING' });
});

connection.once('frame:ref', reloadWhileUnpaired);

connection.on('frame:ref', ({ ref }) => {
  Conn.set({ ref });
  Socket.set({ state: 'UNPAIRED' });
});

connection.on('frame:refsUsedUp', () => Socket.set({ state: 'UNPAIRED_IDLE' }));

connection.on('frame:paired', async ({ credentials: given }) => {
  if (faults.nullRefAfterScan) Conn.set({ ref: null });
  Socket.set({ state: 'PAIRING' });
  credentials = given;
  await storage.put('session', 'credentials', given);
  connection.send({ t: 'paired' });
  justLinked = true;
  Socket.set({ state: 'OPENING' });
  connection.reopen();
});

connection.on('frame:welcome', ({ account }) => {
  if (justLinked) beginFreshLink();
  justLinked = false;
  becomes(account);
  Socket.set({ state: 'CONNECTED', stream: 'CONNECTED' });
  flush();
});

connection.on('frame:offlineEnd', () => {
  if (isUnlinkedByReading()) void unlinkItself();
  else void startSync();
});

connection.on('frame:loggedOut', () => logOutFromBridge(faults.logoutReason));

connection.on('frame:conflict', () => {
  connection.stop();
  Socket.set({ state: 'CONFLICT' });
});

connection.on('frame:state', ({ state }) => {
  Socket.set({ state });
  if (state === 'CONNECTED') flush();
});

connection.on('frame:faults', (frame) => {
  replaceFaults(frame.faults);
  noteTimelock();
  connection.send({ t: 'knowsFaults', n: frame.n });
});

Object.assign(Socket, {
  logout,
  reconnect: () => connection.reopen(),
  takeover: () => {
    Socket.set({ state: 'OPENING' });
    connection.reopen();
  },
});

/** Pairing by phone number: the server makes a code, the person types it on the phone. */
export const AltDeviceLinking = {
  setPairingType: () => {},
  initializeAltDeviceLinking: async () => {},
  initializeQRLinking: async () => {},
  startAltLinkingFlow: async (phone) => {
    if (faults.pairingCode === 'hang') await never();
    await delay(0);
    const code = await connection.request({ t: 'code', phone });
    showsPairingCode = true;
    return code;
  },
};

export const refreshQR = () => connection.send({ t: 'refresh' });
