/** What the page's own journal can prove after its browser has died, and what not. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  DriverWorld,
  newKey,
  type OpenedGeneration,
  RECIPIENT,
  textTo,
} from '../../ports/driver-world.contract.js';
import { ChromeWorld } from './chrome-world.fixture.js';

let chrome: ChromeWorld;
let world: DriverWorld;
let shop: OpenedGeneration;
beforeAll(async () => {
  chrome = await ChromeWorld.start();
  world = new DriverWorld(chrome);
  await world.restart();
  shop = await world.pair('shop');
});
afterEach(() => chrome.waWeb.clearFaults(chrome.phone('shop')));
afterAll(() => chrome.dispose());

const sightingOf = (messageKey: string, attemptedAt: number) =>
  world.driver.findSent({ ...shop.ref, to: RECIPIENT, messageKey, attemptedAt, deadlineMs: 5_000 });

/** kill -9 of the browser, and the next one on the same profile. */
async function dieAndComeBack(): Promise<void> {
  await chrome.killBrowser('shop');
  await shop.hears('lost');
  await world.close('shop', 'kill');
  shop = await world.ready('shop');
}

describe('after the death of a browser', () => {
  it('proves unsent what the page never got as far as sending', async () => {
    const attemptedAt = Date.now();
    await dieAndComeBack();
    expect(await sightingOf(newKey(), attemptedAt)).toEqual({ found: false, proof: true });
  });

  it('proves nothing of a call that had begun to send', async () => {
    await chrome.waWeb.setFaults({ sendCall: 'hangUnsent' }, chrome.phone('shop'));
    const key = newKey();
    const attemptedAt = Date.now();
    const report = world.driver.send({
      ...shop.ref,
      content: textTo(RECIPIENT, 'Begun'),
      messageKey: key,
      deadlineMs: 2_000,
    });
    expect(await report).toMatchObject({ outcome: 'unknown' });
    await chrome.waWeb.clearFaults(chrome.phone('shop'));
    await dieAndComeBack();
    expect(await sightingOf(key, attemptedAt)).toEqual({ found: false, proof: false });
  });

  it('proves unsent again what the page itself had refused', async () => {
    await chrome.waWeb.setFaults({ sendCall: 'rejectUnsent' }, chrome.phone('shop'));
    const key = newKey();
    const attemptedAt = Date.now();
    expect(await shop.send(textTo(RECIPIENT, 'Refused'), key)).toMatchObject({ outcome: 'unsent' });
    await chrome.waWeb.clearFaults(chrome.phone('shop'));
    await dieAndComeBack();
    expect(await sightingOf(key, attemptedAt)).toEqual({ found: false, proof: true });
  });

  it('proves nothing of an attempt that is older than the journal', async () => {
    const record = join(chrome.profile('shop'), 'wakeeper-journal.json');
    const { since } = JSON.parse(await readFile(record, 'utf8'));
    expect(await sightingOf(newKey(), since - 1)).toEqual({ found: false, proof: false });
  });

  it('proves nothing of what was attempted before the page had lost its journal', async () => {
    const attemptedAt = Date.now();
    await world.close('shop', 'graceful');
    const record = join(chrome.profile('shop'), 'wakeeper-journal.json');
    const { since } = JSON.parse(await readFile(record, 'utf8'));
    await writeFile(record, JSON.stringify({ token: 'of the journal that is gone', since }));
    shop = await world.ready('shop');
    expect(await sightingOf(newKey(), attemptedAt)).toEqual({ found: false, proof: false });
    expect(await sightingOf(newKey(), Date.now() + 1)).toEqual({ found: false, proof: true });
  });

  it('finds what was delivered, and sends nothing twice', async () => {
    const key = newKey();
    await shop.send(textTo(RECIPIENT, 'Delivered'), key);
    await shop.isAcknowledged(key);
    await dieAndComeBack();
    expect(await sightingOf(key, Date.now())).toMatchObject({ found: true });
  });
});
