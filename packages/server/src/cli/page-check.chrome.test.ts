import { existsSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ChromeWorld } from '../../../lifecycle/src/drivers/whatsapp-web/chrome-world.fixture.js';
import { DriverWorld } from '../../../lifecycle/src/ports/driver-world.contract.js';
import { call } from './command-line.fixture.js';

const ID = 'shop-of-ada';
let chrome: ChromeWorld;
let world: DriverWorld;
let env: Record<string, string>;
beforeAll(async () => {
  chrome = await ChromeWorld.start();
  world = new DriverWorld(chrome);
  await world.restart();
  const session = await world.pair(ID);
  await chrome.receive(ID, 'a secret of Bo');
  await session.hears('inbound');
  await world.driver.shutdown();
  const quoted = chrome.waWeb.chromeArgs.map((arg) => `'${arg}'`);
  env = { AUTH_BASE_DIR: chrome.directory, CHROME_ARGS: quoted.join(' ') };
});
beforeEach(() => chrome.clearFaults());
afterAll(() => chrome.dispose());

interface Checked {
  readonly ok: boolean;
  readonly linked: boolean;
  readonly page: string;
  readonly capabilities: readonly { capability: string; verdict: string; missing: readonly string[] }[];
}
const lineOf = (out: string, capability: string) =>
  (JSON.parse(out) as Checked).capabilities.find((line) => line.capability === capability);

describe('the check of a page that is not linked', () => {
  test('says what it saw, and of each other line that it cannot be tested so', async () => {
    const { code, out, err } = await call(['page-check'], env);
    expect({ code, err }).toEqual({
      code: 0,
      err: 'Opening WhatsApp Web in a browser of its own, unpaired.\n',
    });
    expect(out).toMatch(/^page +2\.3000\.\d+, edition not testable unpaired$/m);
    expect(out).toMatch(/^browser +.*Chrom\w*\/\d+/m);
    expect(out).toMatch(/^library +whatsapp-web\.js 1\.34\.7$/m);
    for (const name of ['core', 'pairing']) expect(out).toMatch(new RegExp(`^${name} +ok *$`, 'm'));
    for (const name of ['ids', 'inbound', 'sendText', 'media', 'acks'])
      expect(out).toMatch(new RegExp(`^${name} +not testable unpaired +its modules are there$`, 'm'));
    expect(out).toContain('Nothing is missing of what can be tested unpaired.');
  });

  test('ends with 1 where what it needs before a scan is missing, and only names what may come later', async () => {
    await chrome.waWeb.setFaults({ missingModules: ['WAWebMsgReply'] });
    const later = await call(['page-check', '--json'], env);
    expect(later.code).toBe(0);
    expect(lineOf(later.out, 'sendText')).toEqual({
      capability: 'sendText',
      verdict: 'not testable unpaired',
      missing: ['WAWebMsgReply'],
    });
    await chrome.waWeb.setFaults({ missingModules: ['WAWebConnModel'] });
    expect((await call(['page-check', '--json'], env)).code).toBe(1);
  });
});

describe('the check with the profile of an instance', () => {
  test('tests everything, and prints nothing of the account', async () => {
    const { out } = await call(['page-check', '--instance', ID], env);
    for (const name of ['core', 'ids', 'inbound', 'sendText', 'media', 'acks', 'reactions', 'votes'])
      expect(out).toMatch(new RegExp(`^${name} +ok *$`, 'm'));
    expect(out).toMatch(/, edition 20\d\d-\d\d$/m);
    for (const secret of [chrome.phone(ID), ID, 'secret', 'Bo\n', '@c.us', '4915100000077'])
      expect(out).not.toContain(secret);
  });

  test('ends with 1 and names the module that is missing', async () => {
    await chrome.waWeb.setFaults({ missingModules: ['WAWebQueryExistsJob'] }, chrome.phone(ID));
    const { code, out } = await call(['page-check', '--instance', ID, '--json'], env);
    expect(code).toBe(1);
    expect(lineOf(out, 'lookUp')).toEqual({
      capability: 'lookUp',
      verdict: 'missing',
      missing: ['WAWebQueryExistsJob'],
    });
  });

  test('is refused while something holds the profiles', async () => {
    await world.restart();
    const session = await world.ready(ID);
    const { code, err, out } = await call(['page-check', '--instance', ID], env);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/is in use by .*\nStop the server/s);
    await world.settled(session.probe());
    await world.driver.shutdown();
  });

  test('makes no profile of an instance that has none', async () => {
    const { code, err } = await call(['page-check', '--instance', 'nobody'], env);
    expect(code).toBe(1);
    expect(err).toContain('There is no profile of nobody');
    expect(existsSync(`${chrome.directory}/nobody`)).toBe(false);
  });
});
