/** A new link in its first minutes, and why one ends, on the simulated page in real Chromium. */
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEADLINE_MS, DriverWorld, newId, type OpenedGeneration } from '../../ports/driver-world.contract.js';
import { ChromeWorld, until } from './chrome-world.fixture.js';

let chrome: ChromeWorld;
let world: DriverWorld;
beforeAll(async () => {
  chrome = await ChromeWorld.start({ initializeTimeoutMs: 30_000 });
  world = new DriverWorld(chrome);
  await world.restart();
});
afterEach(async () => {
  await world.sweep();
  await chrome.clearFaults();
});
afterAll(() => chrome.dispose());

/** Frames of one kind that the pages of an instance have sent. */
const frames = (id: string, kind: string) =>
  chrome.waWeb
    .raw(chrome.phone(id))
    .map(({ frame }) => frame as { t: string; is?: string; chat?: string })
    .filter(({ t }) => t === kind);
const clicks = (id: string): number => frames(id, 'dialog').filter(({ is }) => is === 'clicked').length;

async function paired(name: string): Promise<OpenedGeneration> {
  return world.pair(newId(name));
}
async function reloaded(generation: OpenedGeneration): Promise<void> {
  const readies = generation.all('ready').length;
  await chrome.waWeb.pageCommand(chrome.phone(generation.instanceId), 'reload');
  await generation.hears('ready', readies + 1);
}
/** A page that reloads may take its code with it, or be gone before it has the credentials: then the phone scans again. */
async function scanned(generation: OpenedGeneration): Promise<void> {
  const scan = () =>
    chrome.scan(generation.instanceId).then(
      () => true,
      () => generation.all('authenticated').length > 0,
    );
  await until(scan, 'a scan in time');
  await generation.hears('ready');
}

describe('the dialog after a link', () => {
  it('is closed by its button, in the language of the account, and does not come back', async () => {
    await chrome.waWeb.setFaults({ onboarding: { label: '  weiter ' } });
    const generation = await paired('dialog');
    await until(() => clicks(generation.instanceId) === 1, 'the click');
    await reloaded(generation);
    expect(frames(generation.instanceId, 'dialog')).toHaveLength(2);
    expect(generation.types).not.toContain('actionRequired');
    expect(generation.losses).toEqual([]);
  });

  it('is logged once where its button is not known; WhatsApp then ends the link', async () => {
    await chrome.waWeb.setFaults({ onboarding: { heading: 'News', label: 'Sí, claro', logoutMs: 7_000 } });
    const generation = await paired('foreign');
    const { failure } = await generation.hears('lost');
    expect(failure.code).toBe('LOGGED_OUT');
    expect(clicks(generation.instanceId)).toBe(0);
    const notices = chrome.notices.filter(({ instanceId }) => instanceId === generation.instanceId);
    const [notice] = notices.filter(({ message }) => message.includes('"News"'));
    expect(notice?.message).toContain('"Sí, claro"');
    expect(notices.filter(({ message }) => message.includes('dialog'))).toHaveLength(1);
  });

  it('is left to a person after three clicks that changed nothing, and the session runs on', async () => {
    await chrome.waWeb.setFaults({ onboarding: { deaf: true } });
    const generation = await paired('deaf');
    const { heading, labels } = await generation.hears('actionRequired');
    expect({ heading, labels }).toEqual({ heading: "What's new on WhatsApp Web", labels: ['Continue'] });
    expect(clicks(generation.instanceId)).toBe(3);
    await world.settled(generation.probe());
    await chrome.waWeb.clearFaults(undefined, ['onboarding']);
    await reloaded(generation);
    await generation.hears('actionTaken');
    expect(generation.all('actionRequired')).toHaveLength(1);
    expect(clicks(generation.instanceId)).toBe(3);
  });
});

describe('the status', () => {
  const posted = async (id: string) => chrome.receive(id, 'A day at the sea', 'status@broadcast');
  const wasRead = (id: string) => frames(id, 'loadedEarlier').some(({ chat }) => chat === 'status@broadcast');

  it('is not read in the first minutes of a link, even if asked for; later it is', async () => {
    await chrome.waWeb.setFaults({ statusRead: true });
    const fresh = await paired('status');
    const { instanceId } = fresh;
    await posted(instanceId);
    await chrome.receive(instanceId, 'Hello');
    await fresh.hears('inbound', 2);
    const { messages } = await fresh.fetchMessages();
    expect(messages.map(({ body }) => body)).toEqual(['Hello']);
    expect(wasRead(instanceId)).toBe(false);
    await reloaded(fresh);

    // Another process knows nothing of the link.
    await world.close(instanceId, 'graceful');
    await world.restart();
    const later = await world.ready(instanceId);
    const { messages: all } = await later.fetchMessages();
    expect(all.map(({ body }) => body)).toEqual(['A day at the sea', 'Hello']);
    expect(wasRead(instanceId)).toBe(true);
    await chrome.waWeb.pageCommand(chrome.phone(instanceId), 'reload');
    await later.hears('lost');
  });
});

describe('a page that reloads', () => {
  it('while it waits for a scan still shows codes, and is paired', async () => {
    // One code a document: a new one in the moment of the reload is scanned for nothing.
    await chrome.waWeb.setFaults({ qrReloadMs: 2_000, qrRefreshMs: 20_000 });
    const generation = world.open(newId('reloading'));
    await generation.hears('qr', 3);
    await world.settled(generation.opened);
    await scanned(generation);
    expect(generation.losses).toEqual([]);
    await world.settled(generation.probe());
  });

  it('during the first injection of the library comes up all the same', async () => {
    await chrome.waWeb.setFaults({ qrReloadMs: 60 });
    const generation = world.open(newId('restless'));
    const refs = new Set<string>();
    await until(() => {
      for (const { ref } of chrome.waWeb.unpaired()) refs.add(ref);
      return refs.size >= 3;
    }, 'the third document');
    await chrome.waWeb.clearFaults(undefined, ['qrReloadMs']);
    await generation.hears('qr');
    await world.settled(generation.opened);
    await scanned(generation);
  });

  it('once after a link is ready again, and gives each message once', async () => {
    await chrome.waWeb.setFaults({ firstReloadMs: 2_500 });
    const generation = await paired('first-reload');
    await generation.hears('ready', 2);
    await chrome.receive(generation.instanceId, 'Still there?');
    await generation.hears('inbound');
    await world.settled(generation.probe());
    expect(generation.all('inbound')).toHaveLength(1);
    expect(generation.losses).toEqual([]);
  });

  it('in the middle of its first synchronisation becomes ready', async () => {
    await chrome.waWeb.setFaults({ firstReloadMs: 400, syncMs: 2_000 });
    const generation = await paired('early-reload');
    expect(generation.all('authenticated')).toHaveLength(1);
    await world.settled(generation.probe());
    expect(generation.losses).toEqual([]);
  });

  it.each([false, true])(
    'after it was found unlinked and scanned again is not logged out (marks kept: %s)',
    async (kept) => {
      await chrome.waWeb.setFaults({ keepsLogoutMarks: kept });
      const { instanceId } = await paired('relinked');
      await world.close(instanceId, 'graceful');
      await chrome.unlink(instanceId);
      const generation = world.open(instanceId);
      await generation.hears('qr');
      await world.settled(generation.opened);
      await scanned(generation);
      await reloaded(generation);
      expect(generation.losses).toEqual([]);
    },
  );
});

describe('a pairing code', () => {
  it('is asked for again where the page reloads meanwhile', async () => {
    await chrome.waWeb.setFaults({ qrReloadMs: 2_000, pairingCode: 'hang' });
    const generation = world.open(newId('code'));
    await generation.hears('qr');
    await world.settled(generation.opened);
    const shown = generation.all('qr').length;
    const request = { ...generation.ref, phoneNumber: '4915112345678', deadlineMs: DEADLINE_MS };
    const asked = world.driver.requestPairingCode(request);
    await generation.hears('qr', shown + 1);
    await chrome.waWeb.clearFaults(undefined, ['qrReloadMs', 'pairingCode']);
    expect(await world.settled(asked)).toMatch(/^[A-Z0-9]{8}$/);
    await scanned(generation);
  });

  it('that WhatsApp refuses is not asked for again', async () => {
    await chrome.waWeb.setFaults({ pairingCode: 'refuse' });
    const generation = world.open(newId('refused'));
    await generation.hears('qr');
    await world.settled(generation.opened);
    const request = { ...generation.ref, phoneNumber: '4915112345678', deadlineMs: DEADLINE_MS };
    const began = performance.now();
    const { failure } = await world.failure(world.driver.requestPairingCode(request));
    expect(failure.message).toContain('rate-overlimit');
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it('for a number that is linked elsewhere ends that link, as WhatsApp does it', async () => {
    const linked = await paired('linked');
    await chrome.waWeb.setFaults({ pairingRevokes: true });
    const other = world.open(newId('other'));
    await other.hears('qr');
    await world.settled(other.opened);
    const phoneNumber = chrome.phone(linked.instanceId);
    await world.settled(
      world.driver.requestPairingCode({ ...other.ref, phoneNumber, deadlineMs: DEADLINE_MS }),
    );
    expect((await linked.hears('lost')).failure.code).toBe('LOGGED_OUT');
  });
});

describe('a logout', () => {
  it.each([
    [undefined, 'LOGGED_OUT', 'unlinked on the phone'],
    ['user_initiated', 'LOGGED_OUT', 'user_initiated'],
    ['account_locked', 'SESSION_ENDED', 'locked the account'],
    ['lid_migration_state_discrepancy', 'SESSION_ENDED', 'lid_migration_state_discrepancy'],
    ['a_reason_of_next_year', 'SESSION_ENDED', 'not known here'],
    ['3', 'SESSION_ENDED', 'locked the account'],
  ] as const)('for the reason %s is %s, with the page’s own word', async (reason, code, words) => {
    const generation = await paired('logout');
    const { instanceId } = generation;
    if (reason) await chrome.waWeb.setFaults({ logoutReason: reason }, chrome.phone(instanceId));
    await chrome.unlink(instanceId);
    const { failure } = await generation.hears('lost');
    expect(failure).toEqual({
      code,
      message: expect.stringContaining(words),
      ...(reason && { logoutReason: reason }),
    });
    await world.close(instanceId, 'kill');
    expect(existsSync(chrome.profile(instanceId))).toBe(true);
  });
});
