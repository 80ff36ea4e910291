import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { INDEXED_DB, LOCAL_STORAGE, logOf, tear } from '../../../../../testing/fleet/torn-write.js';
import { Browsers, killBrowser } from '../../../../../testing/wa-web/browser.js';
import { DriverWorld, newId } from '../../ports/driver-world.contract.js';
import { ChromeWorld, until } from './chrome-world.fixture.js';
import { inspectLog } from './leveldb-log.js';
import { processesOn } from './process-table.js';

let chrome: ChromeWorld;
let world: DriverWorld;
let browsers: Browsers;
beforeAll(async () => {
  chrome = await ChromeWorld.start();
  browsers = new Browsers(chrome.waWeb);
  world = new DriverWorld(chrome);
  await world.restart();
});
afterEach(() => world.sweep());
afterAll(async () => {
  await browsers.close();
  await chrome.dispose();
});

const gone = (profile: string) =>
  until(async () => (await processesOn(profile)).length === 0, 'the end of the browser');

describe('a browser that was killed in the middle of a write', () => {
  it('has not lost its pairing, neither at the next start nor at the one after it', async () => {
    const id = newId('torn');
    await world.pair(id);
    const profile = chrome.profile(id);
    for (const database of [INDEXED_DB, INDEXED_DB, LOCAL_STORAGE]) {
      await chrome.killBrowser(id);
      await gone(profile);
      await world.close(id, 'kill');
      const log = logOf(profile, database);
      tear(log);
      const restored = await world.ready(id);
      expect(restored.types).not.toContain('qr');
      expect(chrome.notices.at(-1)).toMatchObject({ instanceId: id, message: expect.stringContaining(log) });
      // Written behind the place.
      await chrome.receive(id, 'hello');
      await restored.hears('inbound');
    }
    expect(inspectLog(await readFile(logOf(profile)))).toEqual({ kind: 'whole' });
  });

  it('has not lost it where another program has started a browser on the profile since', async () => {
    const phone = '4915110000042';
    const { client, profile } = await browsers.paired(phone);
    await killBrowser(client);
    const session = join(profile, 'session');
    await gone(session);
    tear(logOf(session));
    const again = await browsers.restored(profile);
    chrome.waWeb.receive(phone, { from: '4915100000077', body: 'behind the place' });
    await chrome.waWeb.waitFor(phone, { quiet: true });
    await killBrowser(again);
    await gone(session);
    const id = newId('torn');
    await world.driver.adopt({ instanceId: id, source: session });
    const restored = await world.ready(id);
    expect(restored.types).not.toContain('qr');
  });
});
