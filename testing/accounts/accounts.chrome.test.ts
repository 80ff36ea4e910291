/** The reported story in a real browser: queued offline under one number, unlinked, scanned with another one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InstanceManager, type InstanceView } from '@wakeeper/lifecycle';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { whatsappWebDriver } from '@wakeeper/lifecycle/whatsapp-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWaWeb, type WaWeb } from '../wa-web/server.js';

const A = { phone: '4915130000001', name: 'Ada' };
const B = { phone: '4915130000002', name: 'Bo' };
const WITHIN_MS = 60_000;
const text = (words: string) =>
  ({ type: 'message', payload: { to: '4915112345678@c.us', text: words } }) as const;

describe('an instance that changes its account', () => {
  let web: WaWeb;
  let folder: string;
  let manager: InstanceManager;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wakeeper-accounts-'));
    web = await startWaWeb({ syncMs: 200 });
    const { CHROME_PATH: chromePath } = process.env;
    manager = await InstanceManager.open({
      driver: whatsappWebDriver({
        authBaseDir: join(folder, 'auth'),
        chromeArgs: web.chromeArgs,
        ...(chromePath !== undefined && { chromePath }),
      }),
      store: sqliteStore({ path: join(folder, 'wakeeper.db') }),
      checkHost: async () => true,
      sendIntervalMs: 0,
      queueAcceptStates: ['ready', 'stopped'],
    });
  }, WITHIN_MS);
  afterAll(async () => {
    await manager.close();
    await web.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }, WITHIN_MS);

  const until = (fits: (view: InstanceView) => boolean) =>
    expect.poll(() => fits(manager.get('shop')), { timeout: WITHIN_MS }).toBe(true);
  const scan = async (account: typeof A) => {
    await until(({ detail }) => detail === 'showing');
    const { qr } = await manager.qr('shop');
    await web.scan(qr, account);
    await until(({ state }) => state === 'ready');
  };
  const sentBy = ({ phone }: typeof A) => web.sent(phone).map(({ body }) => body);

  it(
    'sends nothing of the one before in the name of the new one, until a person releases it',
    async () => {
      await manager.create({ id: 'shop' });
      await scan(A);
      expect(manager.get('shop').me).toMatchObject({
        phoneNumber: A.phone,
        lid: expect.stringMatching(/@lid$/),
      });
      await manager.send('shop', text('online'));
      await expect.poll(() => sentBy(A), { timeout: WITHIN_MS }).toEqual(['online']);

      await manager.stop('shop');
      await until(({ detail }) => detail === 'stopped');
      const ids: string[] = [];
      for (const words of ['to release', 'to drop', 'to forget'])
        ids.push(String((await manager.send('shop', text(words))).queueId));
      web.unlink(A.phone);
      await manager.start('shop');
      await until(({ detail }) => detail === 'showing');
      expect(manager.get('shop')).toMatchObject({
        me: null,
        account: { phoneNumber: A.phone },
        queueDepth: 3,
      });

      await scan(B);
      await until(({ heldCount }) => heldCount === 3);
      await manager.send('shop', text('of the new one'), { waitMs: 30_000 });
      expect(sentBy(B)).toEqual(['of the new one']);
      expect(manager.get('shop')).toMatchObject({ me: { phoneNumber: B.phone }, queueDepth: 0 });

      const [release = '', drop = ''] = ids;
      expect(await manager.dropHeld('shop', [drop])).toBe(1);
      expect(await manager.releaseHeld('shop', [release])).toBe(1);
      await expect.poll(() => sentBy(B), { timeout: WITHIN_MS }).toEqual(['of the new one', 'to release']);
      expect(await manager.queueItem('shop', drop)).toMatchObject({ status: 'cancelled' });
      expect(manager.get('shop').heldCount).toBe(1);
      expect(sentBy(A)).toEqual(['online']);
    },
    4 * WITHIN_MS,
  );
});
