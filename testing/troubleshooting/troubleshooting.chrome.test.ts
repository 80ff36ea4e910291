/** What docs/troubleshooting.md says of an account, done by a simulated WhatsApp to an instance in real Chromium. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Api } from '../fleet/api.js';
import { browsers } from '../fleet/browsers.js';
import { NodeProcess } from '../fleet/node-process.js';
import { isReady, Scene } from '../hazards/scene.js';
import { quotationOf } from './troubleshooting-page.js';

interface Item {
  readonly queueId: string;
  readonly status: string;
  readonly errorCode: string | null;
  readonly error: string | null;
}
interface Instance {
  readonly reason: string | null;
  readonly lastError: { readonly code: string; readonly message: string } | null;
}

const SHOP = { id: 'shop', phone: '4915110000001' };
const RECIPIENT = '4915199999999';
const PATIENCE_MS = 60_000;

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open({
    QUEUE_ACCEPT_STATES: 'ready,connecting,disconnected,needs_qr',
    ACK_TIMEOUT_MS: '1000',
  });
  await scene.startNode();
  await scene.pair(SHOP);
}, 180_000);
afterAll(() => scene.close(), 60_000);
beforeEach(() => scene.until(SHOP.id, isReady));

const asked = async (of: Api, id = SHOP.id) => (await of.call<Instance>('GET', `/v1/instances/${id}`)).body;
const send = async (text: string) =>
  (await scene.api.call<Item>('POST', '/v1/instances/shop/messages?wait=0', { to: RECIPIENT, text })).body;
const item = async (queueId: string) =>
  (await scene.api.call<Item>('GET', `/v1/instances/shop/queue/${queueId}`)).body;
const arrived = () => scene.web.sent(SHOP.phone).map(({ body }) => body);

describe('an instance that halts', () => {
  it.each([
    ['TOS_BLOCK', 'TOS_BLOCK', 'Ask for a review'],
    ['PROXYBLOCK', 'PROXYBLOCK', 'Use another one'],
    ['DEPRECATED_VERSION', 'VERSION_NOT_SUPPORTED', 'Unset WEB_VERSION'],
  ] as const)(
    'since WhatsApp says %s: it says what to do, tries nothing, and starts when it is told to',
    async (state, code, remedy) => {
      scene.web.socketState(SHOP.phone, state);
      const halted = await scene.until(SHOP.id, ({ detail }) => detail === 'halted', PATIENCE_MS);
      expect(halted).toMatchObject({ state: 'error', retryAt: null });
      const { lastError, reason } = await asked(scene.api);
      expect(lastError?.code).toBe(code);
      expect(reason).toContain(remedy);
      await scene.command(SHOP.id, 'start');
      await scene.until(SHOP.id, isReady);
    },
  );
});

describe('an instance that cannot open', () => {
  const other = async (env: Readonly<Record<string, string>>) => {
    const node = await NodeProcess.start({
      DRIVER: 'whatsapp-web',
      STORE_URL: 'memory:',
      AUTH_BASE_DIR: join(scene.folder, 'others'),
      HOST_CHECK: 'none',
      ...env,
    });
    const api = new Api(node.url);
    await api.call('POST', '/v1/instances', { id: SHOP.id });
    await api.untilInstance(SHOP.id, ({ lastError }) => lastError !== null, PATIENCE_MS);
    const { lastError } = await asked(api);
    expect(await node.stop()).toBe(0);
    return lastError;
  };

  it('since another server owns the profiles', async () => {
    const error = await other({ AUTH_BASE_DIR: scene.profiles });
    expect(error?.code).toBe('PROFILE_IN_USE');
    expect(error?.message).toContain('give this process an AUTH_BASE_DIR of its own');
    quotationOf(/^(.*?)\. Stop it/.exec(error?.message ?? '')?.[1] ?? '');
  });

  it('since WhatsApp cannot be reached from the browser', async () => {
    const error = await other({ CHROME_ARGS: '"--host-resolver-rules=MAP * ~NOTFOUND"' });
    expect(error?.code).toBe('NETWORK');
  });
});

describe('a message', () => {
  it('of which nobody can know whether it was sent waits for the word of a person', async () => {
    await scene.web.setFaults({ withholdAcks: true, history: 'forgotten' }, SHOP.phone);
    const { queueId } = await send('Perhaps');
    await scene.web.waitFor(SHOP.phone, { sent: 1 });
    for (const pid of browsers(join(scene.profiles, SHOP.id))) process.kill(pid, 'SIGKILL');
    await scene.until(SHOP.id, ({ queueDepth, state }) => queueDepth === 0 && state === 'ready');
    expect(await item(queueId)).toMatchObject({ status: 'uncertain' });
    await scene.web.clearFaults(SHOP.phone);
    const path = `/v1/instances/shop/queue/${queueId}/resolve`;
    const { body } = await scene.api.call<Item>('POST', path, { as: 'sent' });
    expect(body).toMatchObject({ status: 'sent' });
    expect(arrived()).toEqual(['Perhaps']);
  });
});

describe('an account whose pairing has ended', () => {
  const asksForAScan = async (code: string) => {
    await scene.until(SHOP.id, ({ detail }) => detail === 'showing', PATIENCE_MS);
    const { lastError, reason } = await asked(scene.api);
    expect(lastError?.code).toBe(code);
    expect(quotationOf(lastError?.message ?? '')).toMatch(/scan/i);
    expect((await send(`after ${code}`)).status).toBe('queued');
    await scene.scan(SHOP);
    await scene.until(SHOP.id, ({ state, queueDepth }) => state === 'ready' && queueDepth === 0);
    expect(arrived()).toContain(`after ${code}`);
    return reason ?? '';
  };

  it('on the phone, while it is used, asks for a scan and sends afterwards what was queued', async () => {
    scene.web.unlink(SHOP.phone);
    await asksForAScan('LOGGED_OUT');
  });

  it('while it was down, does so as well, and says that the pairing is lost', async () => {
    await scene.command(SHOP.id, 'stop?wait=20');
    scene.web.revoke(SHOP.phone);
    await scene.command(SHOP.id, 'start');
    expect(quotationOf(await asksForAScan('PAIRING_LOST'))).toContain('Pairing lost');
  });
});
