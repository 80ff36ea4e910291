/**
 * `npm run editions:test`: the driver on every page of WhatsApp Web that is simulated, the demo on the first and the last, and
 * a page that loses one thing after the other. `npm test` has the newest page as it is.
 */
import { availableParallelism } from 'node:os';
import { conclude, environmentWithBrowser, suite } from './steps.mjs';

const env = environmentWithBrowser();
// Much of their time is waiting for a browser. Three at once: the longest file of a page is as long as all its others.
const workers = availableParallelism() + 1;
await suite({
  name: 'driver and demo on the page of today, and on its axes',
  projects: ['pages', 'page-lid', 'page-lazy'],
  env,
  workers,
});
await suite({
  name: 'driver and demo on the pages before',
  projects: ['page-2026-05', 'page-2026-07', 'page-key-field'],
  env,
  workers,
});
conclude();
