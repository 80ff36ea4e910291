import { ChromeWorld } from './packages/lifecycle/src/drivers/whatsapp-web/chrome-world.fixture.js';
import { SessionPageTest } from './packages/lifecycle/src/drivers/whatsapp-web/session-page-test.js';
import type { Driver } from './packages/lifecycle/src/ports/driver.js';

let began = 0;
const rows: Record<string, { before: number[]; quiet: number[]; test: number[]; total: number[] }> = {};
let label = '';
const now = SessionPageTest.prototype.now;
let atNow = 0;
SessionPageTest.prototype.now = function (...a) { atNow = performance.now(); return now.apply(this, a); };
const whenQuiet = SessionPageTest.prototype.whenQuiet;
SessionPageTest.prototype.whenQuiet = async function (page) {
  const at = performance.now();
  const report = await whenQuiet.call(this, page);
  const end = performance.now();
  rows[label] ??= { before: [], quiet: [], test: [], total: [] };
  rows[label].before.push(at - began); rows[label].quiet.push(atNow - at); rows[label].test.push(end - atNow); rows[label].total.push(end - began);
  return report;
};
let gen = 0;
async function open(driver: Driver, id: string, onQr?: () => Promise<void>) {
  began = performance.now();
  await new Promise<void>((resolve, reject) => {
    driver.open({ instanceId: id, generation: ++gen, rung: 'hard', proxy: null, signal: new AbortController().signal, hear: (e) => {
      if (e.type === 'qr') void onQr?.();
      if (e.type === 'ready') resolve();
    } }).catch(reject);
  });
  await driver.close({ instanceId: id, mode: 'graceful', deadlineMs: 8000 });
}
for (const [edition, syncMs] of [['2026-05', 0], ['2026-09', 0], ['2026-09', 1500]] as const) {
  label = 'pairing';
  const chrome = await ChromeWorld.start({}, { edition });
  const driver = await chrome.makeDriver();
  await open(driver, 'm', () => chrome.scan('m'));
  await chrome.waWeb.setFaults({ syncMs });
  label = `${edition} sync ${syncMs}`;
  for (let i = 0; i < 8; i++) await open(driver, 'm');
  await chrome.dispose();
}
const median = (l: number[]) => Math.round(l.toSorted((a, b) => a - b)[Math.floor(l.length / 2)]!);
for (const [l, r] of Object.entries(rows)) console.log(l, Object.fromEntries(Object.entries(r).map(([k, v]) => [k, median(v)])));
process.exit(0);
