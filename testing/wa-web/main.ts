import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wrapChromium } from './chromium-wrapper.js';
import { serveControl } from './control-server.js';
import { axesOf } from './editions.js';
import { type Edition, startWaWeb, type WaWebOptions } from './server.js';

/** The simulated WhatsApp Web as a program of its own, for trying the product by hand. See README.md. */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9443' },
    'control-port': { type: 'string', default: '9444' },
    storage: { type: 'string', default: 'indexeddb' },
    'sync-ms': { type: 'string', default: '1500' },
    edition: { type: 'string' },
    'key-field': { type: 'string' },
    axes: { type: 'string' },
    /** Scan every QR this long after it appears, each with a number of its own. */
    'scan-after-ms': { type: 'string' },
  },
});

const { edition, 'key-field': keyField, axes } = values;
const scanAfterMs = values['scan-after-ms'];
const scan = (ref: string) => {
  if (scanAfterMs === undefined) return;
  setTimeout(() => {
    // A ref that is gone by then belongs to a page that was closed or scanned by hand.
    waWeb.scan(ref).then(
      (phone) => console.log(`scanned: ${phone}`),
      () => {},
    );
  }, Number(scanAfterMs));
};

const waWeb = await startWaWeb({
  port: Number(values.port),
  storage: values.storage as NonNullable<WaWebOptions['storage']>,
  syncMs: Number(values['sync-ms']),
  onRef: scan,
  ...(edition !== undefined && { edition: edition as Edition }),
  ...(keyField !== undefined && { keyField }),
  ...(axes !== undefined && axesOf(axes)),
});
const control = await serveControl(waWeb, Number(values['control-port']));
const folder = await mkdtemp(join(tmpdir(), 'wa-web-'));
console.log(`flags:   ${waWeb.chromeArgs.map((flag) => `'${flag}'`).join(' ')}`);
console.log(`browser: ${await wrapChromium(folder, waWeb.chromeArgs)}`);
console.log(`control: ${control.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void Promise.all([waWeb.close(), control.close(), rm(folder, { recursive: true })]).then(() =>
      process.exit(0),
    );
  });
}
