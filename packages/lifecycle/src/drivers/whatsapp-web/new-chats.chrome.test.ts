/** Opening new chats on a page of an account that WhatsApp has restricted, beyond what the contract says of it. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { DriverWorld, newKey, type OpenedGeneration, textTo } from '../../ports/driver-world.contract.js';
import { ChromeWorld } from './chrome-world.fixture.js';

const until = (Math.floor(Date.now() / 1000) + 3_600) * 1000;
const timelock = { kind: 'RESTRICT_ALL_COMPANIONS', until };
const code = 'RECIPIENT_TIMELOCKED';
let chrome: ChromeWorld;
let world: DriverWorld;
let shop: OpenedGeneration;
let phone: string;
beforeAll(async () => {
  chrome = await ChromeWorld.start();
  world = new DriverWorld(chrome);
  await world.restart();
  shop = await world.pair('shop');
  phone = chrome.phone('shop');
});
afterEach(() => chrome.waWeb.clearFaults(phone));
afterAll(() => chrome.dispose());

it('is left to WhatsApp by a page without the modules, which is asked nothing', async () => {
  const missingModules = ['WAWebReachoutTimelockUtils', 'WAWebUserPrefsIndexedDBStorage'];
  const before = shop.all('timelock').length;
  await chrome.waWeb.setFaults({ timelock, missingModules }, phone);
  const key = newKey();
  expect(await shop.send(textTo('4915130000001@c.us', 'Hello?'), key)).toMatchObject({ outcome: 'added' });
  await world.harness.until(() =>
    shop.all('ack').some(({ messageKey, ack }) => messageKey === key && ack === -1),
  );
  expect(shop.all('timelock')).toHaveLength(before);
});

it('is refused again although the page has the chat of an attempt that WhatsApp refused', async () => {
  await chrome.waWeb.setFaults({ timelock }, phone);
  const report = await shop.send(textTo('4915130000001@c.us', 'Hello?'));
  expect(report).toMatchObject({ outcome: 'refused', code });
});

it('is not needed for a chat under the lid', async () => {
  await chrome.waWeb.receive(phone, { from: '94915130000002@lid', body: 'From behind a lid' });
  await shop.hears('inbound');
  await chrome.waWeb.setFaults({ timelock }, phone);
  const key = newKey();
  expect(await shop.send(textTo('4915130000002@c.us', 'I know you'), key)).toMatchObject({
    outcome: 'added',
  });
  await shop.isAcknowledged(key);
});

it('is refused by a page whose call would reject, and what is sent there goes out unharmed afterwards', async () => {
  await chrome.waWeb.setFaults({ timelock: { ...timelock, rejects: true } }, phone);
  const [to, key] = ['4915130000003@c.us', newKey()];
  expect(await shop.send(textTo(to, 'Hello?'), key)).toMatchObject({ outcome: 'refused', code });
  await chrome.waWeb.clearFaults(phone, ['timelock']);
  expect(await shop.send(textTo(to, 'Hello!'), key)).toMatchObject({ outcome: 'added' });
  await shop.isAcknowledged(key);
});
