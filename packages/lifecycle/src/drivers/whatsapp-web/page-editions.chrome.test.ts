import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EDITIONS, type EditionOptions } from '../../../../../testing/wa-web/editions.js';
import { PAGE_CAPABILITIES, type PageReport } from '../../domain/page-report.js';
import { DriverWorld, newId, type OpenedGeneration, RECIPIENT } from '../../ports/driver-world.contract.js';
import { ChromeWorld } from './chrome-world.fixture.js';

let chrome: ChromeWorld | undefined;
afterEach(() => chrome?.dispose());

/** An instance that has become ready on such a page, restored and with a message; with a repair of the operator's own. */
async function readyOn(page: EditionOptions, repair?: string) {
  const started = await ChromeWorld.start({}, page);
  chrome = started;
  const world = new DriverWorld(started);
  await world.restart();
  const id = newId('edition');
  const first = await world.pair(id);
  await started.receive(id, 'Hello');
  await first.hears('inbound');
  await world.close(id, 'graceful');
  if (repair !== undefined) {
    const pageLayerFile = join(started.directory, 'repair.js');
    await writeFile(pageLayerFile, repair);
    await world.settled(world.driver.shutdown());
    const driver = await started.makeDriver({ pageLayerFile });
    Object.defineProperty(world, 'driver', { value: driver });
  }
  const session = await world.ready(id);
  return { world, chrome: started, id, session, report: reportOf(session) };
}
const reportOf = (session: OpenedGeneration): PageReport => {
  const report = session.all('pageTested').at(-1)?.report;
  if (!report) throw new Error('The page was not tested.');
  return report;
};
const lacked = ({ capabilities }: PageReport): Record<string, readonly string[]> =>
  Object.fromEntries(
    // Not every page that is simulated knows the time lock.
    PAGE_CAPABILITIES.filter((name) => !capabilities[name].ok && name !== 'timelock').map((name) => [
      name,
      capabilities[name].missing,
    ]),
  );

describe('the test of each page that is known', () => {
  it.each(EDITIONS)('knows the page of %s by its shape, and misses nothing in it', async (edition) => {
    const { report } = await readyOn({ edition, lid: false, lazy: false });
    expect(report.edition).toBe(edition);
    expect(lacked(report)).toEqual({});
    expect(report.layer.includes('media:__x_id')).toBe(edition === '2026-09');
    expect(report.layer.some((name) => name.startsWith('key'))).toBe(edition !== '2026-05');
  });

  it('knows a page by its shape also where the minifier has called the field otherwise', async () => {
    const { report } = await readyOn({ edition: '2026-07', keyField: 'a7' });
    expect(report).toMatchObject({ edition: '2026-07', layer: expect.arrayContaining(['key:a7']) });
  });

  it('waits for modules that come late before it calls them missing', async () => {
    const { report } = await readyOn({ edition: '2026-09', lazy: true });
    expect(lacked(report)).toEqual({});
  });

  it('says which are missing where they never come, and that they have come when it is asked again', async () => {
    const lazy = { modules: ['WAWebNewsletterSendMessageJob'], afterMs: null };
    const { world, chrome: started, id, session, report } = await readyOn({ edition: '2026-09', lazy });
    expect(lacked(report)).toEqual({ channels: ['WAWebNewsletterSendMessageJob'] });
    await started.waWeb.pageCommand(started.phone(id), 'loadModules');
    await world.driver.testPage({ ...session.ref, deadlineMs: 10_000 });
    expect(lacked(reportOf(session))).toEqual({});
  });
});

/** What the repairs of the layer do is undone, as a page would that needs others. */
const SPOILS = `
  wakeeperSeam.begins(() => delete require('WAWebMsgKey').prototype._serialized);
  wakeeperSeam.ofPage('onMessageAckEvent', () => undefined);
  delete globalThis.wakeeperPrepared;
  wakeeperSeam.ofLibrary('processMediaData', (prepare) => async (...values) => {
    const file = await prepare(...values);
    Object.defineProperty(file, '__x_id', { value: undefined, enumerable: true, configurable: true });
    return file;
  });
`;
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

describe('a page that our repairs do not help', () => {
  it('is told by each thing that fails in it, is tested again when it is contradicted, and when it is doubted', async () => {
    const { chrome: started, id, session, report } = await readyOn({ edition: '2026-09' }, SPOILS);
    expect(lacked(report)).toEqual({
      ids: ['WAWebMsgKey._serialized'],
      media: ['WAWebPrepRawMedia.prepRawMedia (its files carry an id of their own)'],
      acks: ['whatsapp-web.js: onMessageAckEvent'],
    });
    expect(report.layer.filter((name) => name.startsWith('file:'))).toHaveLength(1);
    expect(report.seenToWork).toEqual([]);
    // Copies have their ids all the same: what the test calls broken works.
    await started.receive(id, 'Do you hear me?');
    const { report: again } = await session.hears('pageTested', 2);
    expect(again.capabilities.ids.ok).toBe(false);
    expect(again.seenToWork).toEqual(['core', 'ids', 'inbound']);
  });

  it('is told where the repair of the operator itself fails, and works without it', async () => {
    const { session, report } = await readyOn({ edition: '2026-09' }, 'undefined.ofMyRepair;');
    expect(report.layer.filter((name) => name.startsWith('file:'))).toEqual([]);
    const { message } = await session.hears('pageError');
    expect(message).toContain('ofMyRepair');
    expect(lacked(report)).toEqual({});
  });

  it('is tested again by itself when it has refused three times', async () => {
    const { session } = await readyOn({ edition: '2026-09' }, SPOILS.replace(/.*prototype.*/, ''));
    const media = { mimetype: 'image/png', data: PIXEL, filename: 'pixel.png' };
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(session.all('pageTested')).toHaveLength(1);
      const sent = await session.send({ type: 'message', payload: { to: RECIPIENT, media } });
      expect(sent).toMatchObject({ outcome: 'unsent', code: 'INCOMPATIBLE_PAGE' });
    }
    const { report } = await session.hears('pageTested', 2);
    expect(Object.keys(lacked(report))).toEqual(['media', 'acks']);
  });
});
