import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browsers } from '../../../../../testing/fleet/browsers.js';
import { SmallDisk } from '../../../../../testing/fleet/small-disk.js';
import { logOf } from '../../../../../testing/fleet/torn-write.js';
import { DriverWorld, newId, RECIPIENT, textTo } from '../../ports/driver-world.contract.js';
import { ChromeWorld, until } from './chrome-world.fixture.js';
import { inspectLog } from './leveldb-log.js';
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

describe('a disk under a profile that is full', () => {
  it('costs no pairing, however often it is full', async () => {
    let generation = await world.pair(id);
    const profile = chrome.profile(id);
    for (let time = 1; time <= 3; time++) {
      const [browser = 0] = browsers(join(chrome.directory, id));
      disk.fill(browser);
      // The page writes what it receives, until a write is refused.
      const isTorn = () => inspectLog(readFileSync(logOf(profile))).kind !== 'whole';
      for (let message = 1; message <= 20 && !isTorn(); message++) {
        await chrome.receive(id, 'x'.repeat(100_000));
        await generation.hears('inbound', message);
      }
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
