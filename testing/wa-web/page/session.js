import { Cmd } from './cmd.js';
import { connection } from './connection.js';
import { delay, faults, never, replaceFaults } from './faults.js';
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
  if (settings.waitsForGate) show();
  await loadHistory();
  await loadVotes();
  Socket.set({ state: 'OPENING' });
  connection.open();
}

/** The end of a pairing: the library hears the command, the storage is emptied, and only then the page goes away. */
async function forgetDevice(command) {
  connection.stop();
  Cmd.trigger(command);
  credentials = undefined;
  await storage.clear();
}

const leave = () => location.assign('/?post_logout=1');

async function logout() {
  await connection.request({ t: 'logout' }).catch(() => {});
  await forgetDevice('logout');
  // The real page lets its own call finish before it goes; navigating at once would make client.logout() reject.
  const stay = faults.logoutNavigationMs ?? 300;
  if (stay > 0) return void setTimeout(leave, stay);
  leave();
  return never();
}

connection.on('opened', () => {
  connection.send({ t: 'hello', load: settings.load, credentials });
  tell();
});

connection.on('closed', () => {
  const held = ['UNPAIRED', 'UNPAIRED_IDLE', 'CONFLICT', 'TIMEOUT'];
  if (!held.includes(Socket.state)) Socket.set({ state: 'OPENING' });
});

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
  Socket.set({ state: 'OPENING' });
  connection.reopen();
});

connection.on('frame:welcome', ({ account }) => {
  becomes(account);
  Socket.set({ state: 'CONNECTED', stream: 'CONNECTED' });
  flush();
});

connection.on('frame:offlineEnd', startSync);

connection.on('frame:loggedOut', async () => {
  await forgetDevice('logout_from_bridge');
  leave();
});

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
    return connection.request({ t: 'code', phone });
  },
};

export const refreshQR = () => connection.send({ t: 'refresh' });
