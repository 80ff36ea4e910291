import { connection } from './connection.js';
import { faults } from './faults.js';
import { unlinkItself } from './logout.js';
import { Socket } from './me.js';

/**
 * What happens to a link in its first minutes: a dialog that must be acknowledged, a reload, and a status that was read too
 * early. What a document must leave to the next one lies in sessionStorage.
 */
const NOTES = { dialog: 'wa-web-dialog', status: 'wa-web-status-read' };

const tellDialog = (is, label) => connection.send({ t: 'dialog', is, label });

function showDialog({ heading = "What's new on WhatsApp Web", label = 'Continue', deaf = false }) {
  const dialog = document.createElement('div');
  dialog.setAttribute('role', 'dialog');
  dialog.setAttribute('aria-modal', 'true');
  const title = document.createElement('h1');
  title.textContent = heading;
  const text = document.createElement('p');
  text.textContent = 'Chats and calls, now on this device too.';
  const button = document.createElement('button');
  button.textContent = label;
  button.onclick = () => {
    tellDialog('clicked', label);
    if (deaf) return;
    sessionStorage.removeItem(NOTES.dialog);
    dialog.remove();
  };
  dialog.append(title, text, button);
  document.body.append(dialog);
  tellDialog('shown', label);
}

function greetWithDialog() {
  const until = sessionStorage.getItem(NOTES.dialog);
  const { onboarding } = faults;
  if (until === null || !onboarding || document.querySelector('[role=dialog]')) return;
  showDialog(onboarding);
  setTimeout(
    () => {
      if (sessionStorage.getItem(NOTES.dialog) !== null) void unlinkItself();
    },
    Math.max(0, Number(until) - Date.now()),
  );
}

Socket.on('change:hasSynced', (_model, synced) => {
  if (synced) greetWithDialog();
});

/** The phone has linked this page a moment ago. */
export function beginFreshLink() {
  const { onboarding, firstReloadMs } = faults;
  if (onboarding) sessionStorage.setItem(NOTES.dialog, String(Date.now() + (onboarding.logoutMs ?? 300_000)));
  if (firstReloadMs !== undefined) setTimeout(() => location.reload(), firstReloadMs);
}

/** A chat's earlier messages are read. */
export function noteReading(chat) {
  connection.send({ t: 'loadedEarlier', chat });
  if (chat === 'status@broadcast') sessionStorage.setItem(NOTES.status, 'yes');
}

/** A document of a linked device begins. True when the link does not survive it. */
export function isUnlinkedByReading() {
  return faults.statusRead === true && sessionStorage.getItem(NOTES.status) !== null;
}
