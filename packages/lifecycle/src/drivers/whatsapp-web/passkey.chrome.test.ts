/**
 * Linking by passkey with a page whose server verifies the signature: what differs between pages, and the whole way through
 * the manager. The operator's browser is a second Chromium, whose authenticator Chromium itself plays.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Faults } from '../../../../../testing/wa-web/faults.js';
import type { Fact } from '../../domain/fact.js';
import { InstanceManager } from '../../manager/instance-manager.js';
import { DriverWorld, newId, type OpenedGeneration } from '../../ports/driver-world.contract.js';
import { MemoryData } from '../../stores/memory/memory-data.js';
import { memoryStore } from '../../stores/memory/memory-store.js';
import { ChromeWorld, until } from './chrome-world.fixture.js';

let chrome: ChromeWorld;
beforeAll(async () => {
  chrome = await ChromeWorld.start();
});
afterEach(() => chrome.clearFaults());
afterAll(() => chrome.dispose());

describe('a page that asks for a passkey', () => {
  let world: DriverWorld;
  beforeAll(async () => {
    world = new DriverWorld(chrome);
    await world.restart();
  });
  afterEach(() => world.sweep());
  afterAll(() => world.driver.shutdown());

  const scanned = async (fault: NonNullable<Faults['passkey']>): Promise<OpenedGeneration> => {
    const id = newId('passkey');
    const linking = world.open(id);
    await linking.hears('qr');
    await linking.opened;
    await chrome.requirePasskey(id, {});
    await chrome.waWeb.setFaults({ passkey: fault }, chrome.reserve(id));
    await chrome.scan(id);
    return linking;
  };
  const give = async (linking: OpenedGeneration, count = 1): Promise<void> => {
    const { options } = await linking.hears('passkeyRequired', count);
    await linking.submitPasskey(await chrome.assertPasskey(linking.instanceId, options));
  };

  it('hands out the options as WhatsApp has sent them', async () => {
    const linking = await scanned({ timeout: 120_000, rpId: 'web.whatsapp.com' });
    const { options, expiresAt } = await linking.hears('passkeyRequired');
    expect(options).toEqual({
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      timeout: 120_000,
      rpId: 'web.whatsapp.com',
      allowCredentials: [],
      userVerification: 'required',
      extensions: { uvm: true },
    });
    expect(expiresAt - Date.now()).toBeGreaterThan(60_000);
    expect(expiresAt - Date.now()).toBeLessThanOrEqual(120_000);
  });

  it('confirms a code by itself where it says so, and the event comes all the same', async () => {
    const linking = await scanned({ code: 'skip' });
    await give(linking);
    await linking.hears('ready');
    expect(linking.all('passkeyCode')).toEqual([
      { type: 'passkeyCode', code: expect.stringMatching(/^\w{4}-\w{4}$/), confirm: false },
    ]);
  });

  it('is linked where its elements have no test ids: the one button of its card is pressed', async () => {
    const linking = await scanned({ code: 'compare', noTestIds: true });
    await give(linking);
    const { code } = await linking.hears('passkeyCode');
    await chrome.comparePasskeyCode(linking.instanceId, code);
    await linking.hears('ready');
  });

  it('is linked where its socket does not show the scan, and the codes behind its screen raise no event', async () => {
    const linking = await scanned({ keepsState: true });
    await linking.hears('passkeyRequired');
    const codes = linking.all('qr').length;
    const { ref } = chrome.waWeb.unpaired()[0] ?? {};
    await until(() => chrome.waWeb.unpaired()[0]?.ref !== ref, 'another code');
    await give(linking);
    await linking.hears('ready');
    expect(linking.all('qr')).toHaveLength(codes);
    expect(linking.types).not.toContain('qrStalled');
  });

  it('says that it failed when it is loaded anew meanwhile', async () => {
    const linking = await scanned({});
    await linking.hears('passkeyRequired');
    await chrome.waWeb.pageCommand(chrome.waWeb.unpaired()[0]?.ref ?? '', 'reload');
    const { reason } = await linking.hears('passkeyFailed');
    expect(reason).toMatch(/loaded anew/);
  });
});

describe('an instance whose account needs a passkey', () => {
  const data = new MemoryData();
  const facts: Fact[] = [];
  const lines: unknown[] = [];
  let manager: InstanceManager;
  beforeAll(async () => {
    const line = (...said: unknown[]) => void lines.push(said);
    manager = await InstanceManager.open({
      driver: await chrome.makeDriver(),
      store: memoryStore({ data }),
      checkHost: async () => true,
      log: { debug: line, info: line, warn: line, error: line },
    });
    manager.subscribe((fact) => facts.push(fact));
  });
  afterAll(() => manager.close());

  const reaches = (id: string, word: string) =>
    until(() => [manager.get(id).state, manager.get(id).detail].includes(word), `${id} ${word}`);
  const begun = async (id: string): Promise<void> => {
    await chrome.requirePasskey(id, { code: true });
    await manager.create({ id });
    await reaches(id, 'showing');
    await chrome.scan(id);
    await reaches(id, 'passkey');
  };

  it('is linked by the person who has it, and the assertion is nowhere afterwards', async () => {
    await begun('shop');
    const { passkey } = manager.get('shop');
    if (!passkey) throw new Error('No passkey is asked for.');
    const assertion = await chrome.assertPasskey('shop', passkey.options);
    expect(await manager.submitPasskey('shop', assertion)).toMatchObject({ state: 'needs_qr' });
    await until(() => manager.get('shop').passkey?.stage === 'code', 'the code');
    await chrome.comparePasskeyCode('shop', manager.get('shop').passkey?.code ?? '');
    await reaches('shop', 'ready');
    expect(manager.get('shop')).toMatchObject({ passkey: null, restarts: { used: 0 } });
    await until(() => facts.some(({ type }) => type === 'passkey.code'), 'the fact');
    const kept = JSON.stringify([facts, lines, chrome.notices, [...data.instances.values()], data.facts]);
    const { id, response } = assertion;
    for (const secret of [id, response.signature, response.clientDataJSON, response.authenticatorData])
      expect(kept).not.toContain(secret);
  });

  it('is asked to begin anew, without a restart, when its browser is killed meanwhile', async () => {
    await begun('killed');
    await chrome.killBrowser('killed');
    await reaches('killed', 'expired');
    expect(manager.get('killed')).toMatchObject({ state: 'needs_qr', passkey: null, restarts: { used: 0 } });
    await until(() =>
      facts.some(({ type, instanceId }) => type === 'passkey.failed' && instanceId === 'killed'),
    );
    await manager.qr('killed', { timeoutMs: 30_000 });
  });
});
