import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PAGE_CAPABILITIES, type PageCapability, type PageReport } from '../../domain/page-report.js';
import { DEADLINE_MS, DriverWorld, newId, type OpenedGeneration } from '../../ports/driver-world.contract.js';
import { ChromeWorld } from './chrome-world.fixture.js';

let chrome: ChromeWorld;
let world: DriverWorld;
let session: OpenedGeneration;
/** What the simulated page does not have. */
let lackedAtFirst: ReturnType<typeof lackedBy>;
beforeAll(async () => {
  chrome = await ChromeWorld.start();
  world = new DriverWorld(chrome);
  await world.restart();
  session = await world.pair(newId('tested'));
  lackedAtFirst = lackedBy(await testWithout());
});
beforeEach(() => chrome.clearFaults());
afterAll(() => chrome.dispose());

/** What the page has now, where it lacks these modules. */
async function testWithout(...missingModules: readonly string[]): Promise<PageReport> {
  await chrome.waWeb.setFaults({ missingModules: [...missingModules] }, chrome.phone(session.instanceId));
  const count = session.all('pageTested').length + 1;
  await world.driver.testPage({ ...session.ref, deadlineMs: DEADLINE_MS });
  return (await session.hears('pageTested', count)).report;
}
const lackedBy = ({ capabilities }: PageReport): Partial<Record<PageCapability, readonly string[]>> =>
  Object.fromEntries(
    PAGE_CAPABILITIES.filter((name) => !capabilities[name].ok).map((name) => [
      name,
      capabilities[name].missing,
    ]),
  );

describe('the test of a page', () => {
  it('finds nothing missing in a page that has everything, before and after messages came', async () => {
    expect(lackedAtFirst).toEqual({});
    await chrome.receive(session.instanceId, 'Hello');
    await session.hears('inbound');
    const report = await testWithout();
    expect(lackedBy(report)).toEqual(lackedAtFirst);
    expect(report.seenToWork).toEqual(['core', 'ids', 'inbound']);
    expect(report).toMatchObject({ version: expect.stringMatching(/^2\.3000\./), library: '1.34.7' });
    expect(report.browser).toMatch(/Chrom.*\/\d+/);
  });

  it.each([
    ['core', 'WAWebUserPrefsMeUser'],
    ['ids', 'WAWebWidFactory'],
    ['inbound', 'WAWebSyncGatingUtils'],
    ['sendText', 'WAWebSendMsgChatAction'],
    ['sendText', 'WAWebChatGetters'],
    ['sendText', 'WAWebGetEphemeralFieldsMsgActionsUtils'],
    ['sendText', 'WAWebFindChatAction'],
    ['sendText', 'WAWebMsgReply'],
    ['media', 'WAWebMediaOpaqueData'],
    ['media', 'WAWebPrepRawMedia'],
    ['media', 'WAWebMediaStorage'],
    ['media', 'WAWebMediaMmsV4Upload'],
    ['reactions', 'WAWebAddonReactionTableMode'],
    ['votes', 'WAWebAddonPollVoteTableMode'],
    ['download', 'WAWebDownloadManager'],
    ['lookUp', 'WAWebQueryExistsJob'],
    ['lookUp', 'WAWebApiContact'],
    ['history', 'WAWebChatLoadMessages'],
    ['channels', 'WAWebNewsletterSendMessageJob'],
    ['markRead', 'WAWebUpdateUnreadChatAction'],
    ['preview', 'WAWebLinkPreviewChatAction'],
    ['pairing', 'WAWebAltDeviceLinkingApi'],
    ['pairing', 'WABase64'],
    ['pairing', 'WAWebSignalStoreApi'],
    ['timelock', 'WAWebReachoutTimelockUtils'],
  ] as const)('names %s, and nothing else, where the module %s is gone', async (capability, module) => {
    expect(lackedBy(await testWithout(module))).toEqual({ ...lackedAtFirst, [capability]: [module] });
  });

  it('reports reactions again in the document that was loaded without their module', async () => {
    await chrome.waWeb.setFaults({ missingModules: ['WAWebAddonReactionTableMode'] });
    const late = await world.pair(newId('late'));
    const lacked = (await late.hears('pageTested')).report;
    expect(lackedBy(lacked)).toEqual({ reactions: ['WAWebAddonReactionTableMode'] });
    await chrome.clearFaults();
    await world.driver.testPage({ ...late.ref, deadlineMs: DEADLINE_MS });
    const { report } = await late.hears('pageTested', 2);
    expect(lackedBy(report)).toEqual({});
    expect(report.layer).toContain('hooks:WAWebAddonReactionTableMode');
    const received = await chrome.receive(late.instanceId, 'Hello');
    await chrome.react(late.instanceId, received, '\u{1F44D}');
    expect((await late.hears('reaction')).reaction.messageId).toBe(received);
    expect(late.all('reaction')).toHaveLength(1);
  });

  it('asks for nothing that the network sees', async () => {
    const frames = () => chrome.waWeb.raw(chrome.phone(session.instanceId)).length;
    const uploads = chrome.waWeb.sent(chrome.phone(session.instanceId)).length;
    await testWithout();
    const before = frames();
    const count = session.all('pageTested').length + 1;
    await world.driver.testPage({ ...session.ref, deadlineMs: DEADLINE_MS });
    await session.hears('pageTested', count);
    expect(frames()).toBe(before);
    expect(chrome.waWeb.sent(chrome.phone(session.instanceId))).toHaveLength(uploads);
  });
});
