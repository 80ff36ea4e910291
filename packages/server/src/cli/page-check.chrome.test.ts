import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver } from '@wakeeper/lifecycle';
import { whatsappWebDriver } from '@wakeeper/lifecycle/whatsapp-web';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWaWeb, type WaWeb } from '../../../../testing/wa-web/server.js';
import { call } from './command-line.fixture.js';

const ID = 'shop-of-ada';
const PHONE = '15550042420';
let folder: string;
let waWeb: WaWeb;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'wakeeper-page-check-')));
  waWeb = await startWaWeb();
  const quoted = waWeb.chromeArgs.map((arg) => `'${arg}'`);
  env = { AUTH_BASE_DIR: folder, CHROME_ARGS: quoted.join(' ') };
  const driver = makeDriver();
  const heard = await ready(driver);
  await waWeb.receive(PHONE, { from: '4915100000077', name: 'Bo', body: 'a secret of Bo' });
  await heard.inbound;
  await driver.shutdown();
});
beforeEach(() => waWeb.clearFaults(PHONE).then(() => waWeb.clearFaults()));
afterAll(async () => {
  await waWeb.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const makeDriver = (): Driver =>
  whatsappWebDriver({
    authBaseDir: folder,
    chromeArgs: waWeb.chromeArgs,
  });
const ref = { instanceId: ID, generation: 1 };

/** The instance is ready, and was paired for it where it was not. */
async function ready(driver: Driver): Promise<{ readonly inbound: Promise<void> }> {
  const { signal } = new AbortController();
  let received = (): void => undefined;
  const inbound = new Promise<void>((resolve) => {
    received = resolve;
  });
  await new Promise<void>((resolve, reject) => {
    const opened = driver.open({
      ...ref,
      rung: 'hard',
      proxy: null,
      signal,
      hear: (event) => {
        if (event.type === 'qr') waWeb.scan(event.qr, { phone: PHONE, name: 'Ada' }).catch(reject);
        if (event.type === 'ready') resolve();
        if (event.type === 'inbound') received();
        if (event.type === 'lost') reject(new Error(event.failure.message));
      },
    });
    opened.catch(reject);
  });
  return { inbound };
}

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
    await waWeb.setFaults({ missingModules: ['WAWebMsgReply'] });
    const later = await call(['page-check', '--json'], env);
    expect(later.code).toBe(0);
    expect(lineOf(later.out, 'sendText')).toEqual({
      capability: 'sendText',
      verdict: 'not testable unpaired',
      missing: ['WAWebMsgReply'],
    });
    await waWeb.setFaults({ missingModules: ['WAWebConnModel'] });
    expect((await call(['page-check', '--json'], env)).code).toBe(1);
  });
});

describe('the check with the profile of an instance', () => {
  test('tests everything, and prints nothing of the account', async () => {
    const { out } = await call(['page-check', '--instance', ID], env);
    for (const name of ['core', 'ids', 'inbound', 'sendText', 'media', 'acks', 'reactions', 'votes'])
      expect(out).toMatch(new RegExp(`^${name} +ok *$`, 'm'));
    expect(out).toMatch(/, edition 20\d\d-\d\d$/m);
    for (const secret of [PHONE, ID, 'secret', 'Ada', '@c.us', '4915100000077'])
      expect(out).not.toContain(secret);
  });

  test('ends with 1 and names the module that is missing', async () => {
    await waWeb.setFaults({ missingModules: ['WAWebQueryExistsJob'] }, PHONE);
    const { code, out } = await call(['page-check', '--instance', ID, '--json'], env);
    expect(code).toBe(1);
    expect(lineOf(out, 'lookUp')).toEqual({
      capability: 'lookUp',
      verdict: 'missing',
      missing: ['WAWebQueryExistsJob'],
    });
  });

  test('is refused while something holds the profiles', async () => {
    const driver = makeDriver();
    await ready(driver);
    const { code, err, out } = await call(['page-check', '--instance', ID], env);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/is in use by .*\nStop the server/s);
    await driver.probe({ ...ref, deadlineMs: 5_000 });
    await driver.shutdown();
  });

  test('makes no profile of an instance that has none', async () => {
    const { code, err } = await call(['page-check', '--instance', 'nobody'], env);
    expect(code).toBe(1);
    expect(err).toContain('There is no profile of nobody');
    expect(existsSync(join(folder, 'nobody'))).toBe(false);
  });
});
