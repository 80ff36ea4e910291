/**
 * `npm run editions:test`: the driver on every page of WhatsApp Web that is simulated, the demo on the first and the last, and
 * a page that loses one thing after the other. `npm test` has the newest page as it is.
 */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { EDITIONS } from '../testing/wa-web/editions.ts';
import { conclude, environmentWithBrowser, suite } from './steps.mjs';

const DRIVER = 'packages/lifecycle/src/drivers/whatsapp-web/';
/** Those that are about the browser or the disk, and those that ask for a page of their own. */
const ELSEWHERE = ['browser-trial', 'full-disk', 'torn-writes', 'page-layer', 'page-editions'].map(
  (name) => `${name}.chrome.test.ts`,
);
/** A minifier names a field anew with any build. */
const ANOTHER_NAME = 'a7';

const [newest = '', ...older] = EDITIONS.toReversed();
const pages = [
  ...older.map((edition) => [`the page of ${edition}`, { WA_WEB_EDITION: edition }]),
  [`keys with a field ${ANOTHER_NAME}`, { WA_WEB_EDITION: newest, WA_WEB_KEY_FIELD: ANOTHER_NAME }],
  ['chats under lids', { WA_WEB_EDITION: newest, WA_WEB_AXES: 'lid' }],
  ['modules that come late', { WA_WEB_EDITION: newest, WA_WEB_AXES: 'lazy' }],
];

const files = readdirSync(new URL(`../${DRIVER}`, import.meta.url))
  .filter((name) => name.endsWith('.chrome.test.ts') && !ELSEWHERE.includes(name))
  .map((name) => `${DRIVER}${name}`);
const browser = environmentWithBrowser();
// Much of their time is waiting for a browser.
const workers = availableParallelism() + 1;
for (const [page, env] of pages) {
  const name = `driver tests on ${page}`;
  await suite({ name, projects: ['chrome'], files, env: { ...browser, ...env }, workers });
}
await suite({
  name: `demo on the page of ${EDITIONS[0]}`,
  projects: ['pages'],
  files: ['testing/demo/'],
  env: { ...browser, WA_WEB_EDITION: EDITIONS[0] },
});
await suite({
  name: `demo on the page of ${newest}, and pages that change`,
  projects: ['pages'],
  env: { ...browser, WA_WEB_EDITION: newest },
  workers,
});
conclude();
