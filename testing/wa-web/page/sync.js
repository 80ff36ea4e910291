import { Cmd } from './cmd.js';
import { connection } from './connection.js';
import { delay, faults } from './faults.js';
import { Socket } from './me.js';
import { Msg } from './messages.js';
import { whenLoaded } from './registry.js';
import { settings } from './settings.js';

let progress = 0;
let finish;

export const OfflineMessageHandler = { getOfflineDeliveryProgress: () => progress };

function pause(ms) {
  return Promise.race([delay(ms), new Promise((resolve) => (finish = resolve))]);
}

async function deliverOfflineMessages() {
  const ms = faults.syncMs === undefined ? settings.syncMs : faults.syncMs;
  const steps = faults.progressSteps ?? 4;
  if (faults.loseReady) return;
  if (ms === null) await new Promise((resolve) => (finish = resolve));
  for (let step = 1; step <= steps && ms !== null; step += 1) {
    await pause(ms / steps);
    progress = Math.round((100 * step) / steps);
    Cmd.trigger('offline_progress_update_from_bridge');
  }
  // A sync that ends before the library listens is the lost `ready` of a restored session: a fault, not the rule here.
  await libraryListens();
}

/** Others listen to the socket too; to the progress, which it asks for last, only the library does. */
const libraryListens = () => Cmd.heard('offline_progress_update_from_bridge');

/** After every connection: the first time the page becomes ready here, later ones change nothing unless told to. */
export async function startSync() {
  await whenLoaded;
  if (Socket.hasSynced && !faults.resyncOnReconnect) return;
  progress = 0;
  if (Socket.hasSynced) Socket.set({ hasSynced: false });
  if (faults.earlyReady) {
    await libraryListens();
    Socket.trigger('change:hasSynced', Socket, false, false);
  }
  await deliverOfflineMessages();
  Socket.set({ hasSynced: true });
  // From here on the library has attached itself: what comes now reaches it, and cannot fall into its own injection.
  await Msg.heard('add');
  for (let extra = 1; extra < (faults.readyTimes ?? 1); extra += 1) {
    await delay(30);
    Socket.trigger('change:hasSynced', Socket, true, true);
  }
  connection.send({ t: 'synced' });
}

/** Ends a sync that waits, for ever or for its time. */
connection.on('frame:finishSync', () => finish?.());
