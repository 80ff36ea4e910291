/**
 * WhatsApp takes one thing after the other out of its page, as it does overnight: the self-test names it, what needs it is
 * refused or waits, nothing is sent into a page that cannot send, nothing is lost, and all is back without a person once the
 * page has it again.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Account, Scene } from './scene.js';

const SHOP: Account = { id: 'shop', phone: '4915140000001' };
/** A restart, and a test after it, on a busy machine. */
const WITHIN_MS = 60_000;
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open({ PAGE_RETEST_MS: '1000' });
  await scene.startNode();
  await scene.pair(SHOP);
}, 120_000);
afterEach(() => scene.web.clearFaults(SHOP.phone));
afterAll(() => scene.close(), 60_000);

/** From now on the page lacks the module, and the instance loads it anew. */
async function takeAway(module: string): Promise<void> {
  await scene.web.setFaults({ missingModules: [module] }, SHOP.phone);
  await scene.command(SHOP.id, 'restart', { mode: 'soft' });
}
const isOff = (capability: string) =>
  scene.until(SHOP.id, ({ page }) => page?.capabilities[capability] === 'off', WITHIN_MS);
const sentTexts = () => scene.web.sent(SHOP.phone).length;

/** The page has it again. @throws Error unless the instance is as before, by itself, and has sent what it accepted */
async function comesBack(since: number, capability: string): Promise<void> {
  await scene.web.clearFaults(SHOP.phone);
  await scene.until(SHOP.id, ({ page }) => page?.capabilities[capability] === 'ok', WITHIN_MS);
  await scene.everythingArrived(SHOP, WITHIN_MS);
  expect(await scene.uncertain(SHOP.id)).toEqual([]);
  const states = (await scene.historySince(SHOP.id, since)).map(({ state }) => state);
  expect(states).not.toContain('needs_qr');
}

describe('a page that has lost', () => {
  it.each([
    ['core', 'WAWebUserPrefsMeUser'],
    ['ids', 'WAWebWidFactory'],
    ['inbound', 'WAWebSyncGatingUtils'],
  ])(
    '%s (%s): the instance is incompatible and stays linked, and its sends wait',
    async (capability, module) => {
      const since = Date.now();
      await takeAway(module);
      const instance = await scene.until(SHOP.id, ({ detail }) => detail === 'incompatible', WITHIN_MS);
      expect(instance).toMatchObject({ state: 'error', lastError: { code: 'INCOMPATIBLE_PAGE' } });
      expect(instance.reason).toContain(capability);
      expect(instance.reason).toContain(module);
      const sent = sentTexts();
      expect(await scene.say(SHOP.id, 2)).toBe(2);
      expect((await scene.api.instance(SHOP.id)).queueDepth).toBe(2);
      expect(sentTexts()).toBe(sent);
      await comesBack(since, capability);
    },
  );

  it('sendText (WAWebSendMsgChatAction): the instance is ready, and its sends wait', async () => {
    const since = Date.now();
    await takeAway('WAWebSendMsgChatAction');
    const { page } = await isOff('sendText');
    expect(page?.missing).toEqual({ sendText: ['WAWebSendMsgChatAction'] });
    const sent = sentTexts();
    expect(await scene.say(SHOP.id, 2)).toBe(2);
    expect(await scene.api.instance(SHOP.id)).toMatchObject({ state: 'ready', queueDepth: 2 });
    expect(sentTexts()).toBe(sent);
    await comesBack(since, 'sendText');
  });

  it.each([
    [
      'media',
      'WAWebPrepRawMedia',
      'POST',
      'messages',
      { to: '4915199999999', media: { mimetype: 'image/png', data: PNG } },
    ],
    ['lookUp', 'WAWebQueryExistsJob', 'GET', 'numbers/4915199999999', undefined],
  ])(
    '%s (%s): what needs it is refused with the reason, and texts go on',
    async (capability, module, method, path, body) => {
      const since = Date.now();
      await takeAway(module);
      const { page } = await isOff(capability);
      expect(page?.missing).toEqual({ [capability]: [module] });
      const refused = await scene.api.call<{ code?: string; errorCode?: string }>(
        method,
        `/v1/instances/${SHOP.id}/${path}`,
        body,
      );
      expect(refused.status).toBe(503);
      expect(refused.body.code ?? refused.body.errorCode).toBe('NOT_SUPPORTED');
      expect(await scene.say(SHOP.id, 2)).toBe(2);
      await scene.everythingArrived(SHOP, WITHIN_MS);
      await comesBack(since, capability);
      expect((await scene.api.call(method, `/v1/instances/${SHOP.id}/${path}`, body)).status).toBe(200);
    },
  );

  it.each([
    ['reactions', 'WAWebAddonReactionTableMode'],
    ['votes', 'WAWebAddonPollVoteTableMode'],
    ['download', 'WAWebDownloadManager'],
    ['history', 'WAWebChatLoadMessages'],
    ['channels', 'WAWebNewsletterSendMessageJob'],
    ['markRead', 'WAWebUpdateUnreadChatAction'],
    ['preview', 'WAWebLinkPreviewChatAction'],
    ['pairing', 'WAWebAltDeviceLinkingApi'],
    ['pairing', 'WABase64'],
    ['timelock', 'WAWebReachoutTimelockUtils'],
  ])('%s (%s): it is told, and texts go on', async (capability, module) => {
    const since = Date.now();
    await takeAway(module);
    const { page } = await isOff(capability);
    expect(page?.missing).toEqual({ [capability]: [module] });
    expect(await scene.say(SHOP.id, 2)).toBe(2);
    await scene.everythingArrived(SHOP, WITHIN_MS);
    await comesBack(since, capability);
  });
});
