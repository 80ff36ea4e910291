/** The migration as its owner goes through it: real Chromium, the real library, and a WhatsApp that is simulated. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserProcesses, browsers } from '../../testing/fleet/browsers.js';
import { eventually } from '../../testing/fleet/eventually.js';
import { wrapChromium } from '../../testing/wa-web/chromium-wrapper.js';
import { startWaWeb, type WaWeb } from '../../testing/wa-web/server.js';
import { ask, ExampleProcess, removeFolder, temporaryFolder } from '../example-process.fixture.js';

const SHOP = '4915110000001';
const CUSTOMER = '4915199999999';
const PATIENCE_MS = 60_000;

let waWeb: WaWeb;
let folder: string;
let server: ExampleProcess;
let url: string;

/** The phases follow one another in one folder, as they do on its owner's machine. */
async function start(script: string): Promise<void> {
  const env = { PORT: '0', CHROME_PATH: join(folder, 'chromium') };
  server = await ExampleProcess.start({ example: 'migrate-from-sessions', script, folder, env });
  url = (await server.prints(/listening on (\S+)/))[1] ?? '';
}
const shop = async () => (await ask('GET', `${url}/sessions/shop`)).body;
const untilShop = (holds: (session: Record<string, unknown>) => boolean) =>
  eventually(
    async () => {
      const session = await shop();
      return holds(session) ? session : undefined;
    },
    PATIENCE_MS,
    () => server.output,
  );
const send = (text: string) => ask('POST', `${url}/sessions/shop/messages`, { to: CUSTOMER, text });
const delivered = () => waWeb.sent(SHOP).map(({ poll, body }) => poll?.question ?? body);

/** Name and content of every file of the profile that the home-made server has made. */
async function oldProfile(): Promise<string> {
  const root = join(folder, '.wwebjs_auth', 'session-shop');
  const hash = createHash('sha256');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((file) => join(file.parentPath, file.name));
  for (const file of files.sort()) hash.update(file).update(await readFile(file));
  return `${files.length} files, ${hash.digest('hex')}`;
}

beforeAll(async () => {
  // The last page on which the home-made server works: it has the library alone.
  waWeb = await startWaWeb({ edition: '2026-05' });
  folder = await temporaryFolder();
  await wrapChromium(folder, waWeb.chromeArgs);
});
afterAll(async () => {
  await server?.kill();
  for (const pid of browserProcesses(join(folder, '.wwebjs_auth'))) process.kill(pid, 'SIGKILL');
  await waWeb?.close();
  await removeFolder(folder);
});

describe('from sessions.js to wakeeper', () => {
  let untouched: string;

  test('before: the home-made server pairs the account and sends', async () => {
    await start('before');
    await ask('POST', `${url}/sessions/shop`);
    const { qr } = await untilShop((session) => session.qr !== null);
    await waWeb.scan(String(qr), { phone: SHOP, name: 'shop' });
    await untilShop((session) => session.ready === true);
    expect(await send('before')).toMatchObject({ status: 200, body: { messageId: expect.any(String) } });
    await waWeb.waitFor(SHOP, { sent: 1 });
    expect(await server.stop()).toBe(0);
  });

  test('phase 1: wakeeper is open beside it and runs nothing, and sessions.js serves as before', async () => {
    await start('phase-1');
    expect(await ask('GET', `${url}/instances`)).toMatchObject({ status: 200, body: { items: [] } });
    await untilShop((session) => session.ready === true);
    expect(await send('phase 1')).toMatchObject({ status: 200, body: { messageId: expect.any(String) } });
    await waWeb.waitFor(SHOP, { sent: 2 });
    expect(await server.stop()).toBe(0);
    await eventually(
      () => (browserProcesses(join(folder, '.wwebjs_auth')).length === 0 ? true : undefined),
      PATIENCE_MS,
      () => browserProcesses(join(folder, '.wwebjs_auth')),
    );
    untouched = await oldProfile();
  });

  test('phase 2: the account is adopted and ready without a scan, and its old profile is untouched', async () => {
    await start('phase-2');
    await server.prints(/shop: adopted/);
    await untilShop((session) => session.ready === true);
    expect(await send('phase 2')).toMatchObject({
      status: 200,
      body: { status: 'sent', instanceState: 'ready', queueDepth: 0, error: null },
    });
    const poll = { to: CUSTOMER, question: 'Still there?', options: ['yes', 'no'] };
    expect(await ask('POST', `${url}/sessions/shop/polls`, poll)).toMatchObject({ body: { status: 'sent' } });
    expect(await server.stop()).toBe(0);
    expect(server.output).not.toContain('needs_qr');
    expect(await oldProfile()).toBe(untouched);
  });

  test('phase 3: without sessions.js the account is ready again, without a scan', async () => {
    await start('phase-3');
    await untilShop((session) => session.ready === true);
    expect(await send('phase 3')).toMatchObject({ body: { status: 'sent' } });
  });

  test('phase 4: a browser that is killed costs nothing that was accepted', async () => {
    const profile = join(folder, '.wwebjs_auth', 'shop');
    const [browser] = browsers(profile);
    process.kill(browser ?? 0, 'SIGKILL');
    await server.prints(/shop: disconnected/);
    expect(await send('while it was away')).toMatchObject({ status: 202, body: { status: 'queued' } });
    await waWeb.waitFor(SHOP, { sent: 6 }, PATIENCE_MS);
    expect(delivered()).toEqual([
      'before',
      'phase 1',
      'phase 2',
      'Still there?',
      'phase 3',
      'while it was away',
    ]);
    expect(await server.stop()).toBe(0);
    expect(server.output).not.toContain('needs_qr');
    expect(await oldProfile()).toBe(untouched);
    expect(browserProcesses(join(folder, '.wwebjs_auth'))).toEqual([]);
  });
});
