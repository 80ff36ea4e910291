import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browsers } from '../../../../../testing/fleet/browsers.js';
import { runInPage } from '../../../../../testing/fleet/page-script.js';
import { SmallDisk } from '../../../../../testing/fleet/small-disk.js';
import { DriverWorld, newId, RECIPIENT, textTo } from '../../ports/driver-world.contract.js';
import { ChromeWorld, until } from './chrome-world.fixture.js';
import { processesOn } from './process-table.js';

let chrome: ChromeWorld;
let world: DriverWorld;
let disk: SmallDisk;
const id = newId('full');
beforeAll(async () => {
  chrome = await ChromeWorld.start();
  world = new DriverWorld(chrome);
  await world.restart();
  disk = new SmallDisk(join(chrome.directory, id), 64);
});
afterAll(async () => {
  await world.sweep();
  disk.dispose();
  await chrome.dispose();
});

/**
 * In the page: writes as one does that synchronises, until a write is refused. Then nothing may happen, and nothing tells that
 * it will not: Chromium throws the databases away within a second, now and then, where it is not kept from it.
 */
const WRITE_UNTIL_REFUSED = `(async () => {
  const opening = indexedDB.open('sync', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('messages');
  await new Promise((resolve) => { opening.onsuccess = resolve; });
  for (let number = 0; number < 100_000; number++) {
    const transaction = opening.result.transaction('messages', 'readwrite');
    transaction.objectStore('messages').put('x'.repeat(300 + 60 * (number % 50)), number % 50);
    const refused = await new Promise((resolve) => {
      transaction.oncomplete = () => resolve(undefined);
      transaction.onabort = () => resolve(String(transaction.error));
    });
    if (refused === undefined) continue;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return refused;
  }
  return 'nothing was refused';
})()`;

describe('a disk under a profile that is full', () => {
  it('costs no pairing, however often it is full', async () => {
    let generation = await world.pair(id);
    const profile = chrome.profile(id);
    for (let time = 1; time <= 3; time++) {
      const [browser = 0] = browsers(join(chrome.directory, id));
      const refused = runInPage(profile, 'https://web.whatsapp.com', WRITE_UNTIL_REFUSED);
      disk.fill(browser);
      expect(await refused).toContain('Error');
      disk.free(browser);
      await chrome.killBrowser(id);
      await until(async () => (await processesOn(profile)).length === 0, 'the end of the browser');
      await world.close(id, 'kill');
      generation = await world.ready(id);
      expect(generation.types).not.toContain('qr');
    }
    expect(await generation.send(textTo(RECIPIENT, 'room again'))).toMatchObject({ outcome: 'added' });
  });
});
