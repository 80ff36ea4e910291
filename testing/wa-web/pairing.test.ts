/** What the simulated WhatsApp says to a phone that scans, without a browser: a WebSocket speaks as the page. */
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startWaWeb, type WaWeb } from './server.js';
import type { PageFrame, ServerFrame } from './wire.js';

let waWeb: WaWeb;
beforeAll(async () => {
  waWeb = await startWaWeb();
});
afterAll(() => waWeb.close());

type Answer<K> = Extract<ServerFrame, { t: K }>;

/** A page; `next` is the frame of one kind that the server sends it next. */
async function loadedPage(credentials?: Answer<'paired'>['credentials']) {
  const socket = new WebSocket(`wss://127.0.0.1:${waWeb.port}/`, { rejectUnauthorized: false });
  const say = (frame: PageFrame) => socket.send(JSON.stringify(frame));
  const next = <K extends ServerFrame['t']>(kind: K) =>
    new Promise<Answer<K>>((resolve) => {
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data)) as ServerFrame;
        if (frame.t === kind) resolve(frame as Answer<K>);
      });
    });
  await once(socket, 'open');
  const shown = next('ref');
  say({ t: 'hello', load: 1, ...(credentials && { credentials }) });
  return { socket, say, next, shown };
}

test('a scan is lost with a page that goes before it has the credentials', async () => {
  const page = await loadedPage();
  const scanned = waWeb.scan(`${(await page.shown).ref},keys`, { phone: '15550001' });
  page.socket.terminate();
  await expect(scanned).rejects.toThrow('went before it was paired');
});

test('a message that was never sent is waited for, and the complaint names it', async () => {
  const page = await loadedPage();
  const given = page.next('paired');
  const scanned = waWeb.scan(`${(await page.shown).ref},keys`, { phone: '15550003' });
  const { credentials } = await given;
  page.say({ t: 'paired' });
  page.socket.close();
  const back = await loadedPage(credentials);
  await scanned;
  await expect(waWeb.waitFor('15550003', { delivered: 'true_1@c.us_A' }, 50)).rejects.toThrow(
    'true_1@c.us_A',
  );
  back.socket.close();
});

test('a scan is waited for while the page goes to come back with the credentials', async () => {
  const page = await loadedPage();
  const given = page.next('paired');
  const scanned = waWeb.scan(`${(await page.shown).ref},keys`, { phone: '15550002' });
  const { credentials } = await given;
  page.say({ t: 'paired' });
  page.socket.close();
  await once(page.socket, 'close');
  const back = await loadedPage(credentials);
  expect(await scanned).toBe('15550002');
  back.socket.close();
});
