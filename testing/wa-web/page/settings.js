/**
 * What the server wrote into the document: `load` (the number of this page load), `storage` (indexeddb or localstorage),
 * `syncMs`, `ballastMb`, `traits` (what sets this edition of the page apart), and `waitsForGate` (some account has a fault that
 * must be known before the page shows itself).
 */
export const settings = JSON.parse(document.currentScript.dataset.settings);
