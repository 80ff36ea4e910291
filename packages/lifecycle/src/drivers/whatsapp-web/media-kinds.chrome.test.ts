import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browsers } from '../../../../../testing/wa-web/browser.js';
import type { MediaContent } from '../../domain/message.js';
import { DriverWorld, newKey, type OpenedGeneration, RECIPIENT } from '../../ports/driver-world.contract.js';
import { findBrowser } from './browser-finder.js';
import { ChromeWorld } from './chrome-world.fixture.js';
import { silentVoice } from './ogg-opus.fixture.js';
import { SAMPLE_HEIGHT, SAMPLE_WIDTH, sampleVideos } from './sample-video.fixture.js';

/** The table of docs/sending.md: what the browser that these tests run on decodes. */
const page = readFileSync(new URL('../../../../../docs/sending.md', import.meta.url), 'utf8');
const column = findBrowser(process.env.CHROME_PATH).includes('headless-shell') ? 3 : 2;
const formats = page
  .split('\n')
  .filter((line) => /^\| .*`(audio|video)\//.test(line))
  .map((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    return [/`(.+)`/.exec(cells[1] ?? '')?.[1] ?? '', cells[column]] as const;
  });

let chrome: ChromeWorld;
let browsers: Browsers;
let world: DriverWorld;
let shop: OpenedGeneration;
let phone: string;
beforeAll(async () => {
  chrome = await ChromeWorld.start();
  browsers = new Browsers(chrome.waWeb);
  world = new DriverWorld(chrome);
  await world.restart();
  shop = await world.pair('shop');
  phone = chrome.phone('shop');
});
afterAll(async () => {
  await browsers.close();
  await chrome.dispose();
});

const message = (media: MediaContent) => ({ type: 'message', payload: { to: RECIPIENT, media } }) as const;
async function delivered(media: MediaContent) {
  const key = newKey();
  expect(await shop.send(message(media), key)).toMatchObject({ outcome: 'added' });
  await shop.isAcknowledged(key);
  return chrome.waWeb.sent(phone).find(({ id }) => id.endsWith(key));
}

it('the browser decodes what docs/sending.md says, and nothing of what it denies', async () => {
  const client = browsers.client(await browsers.profile());
  await client.initialize();
  const answers = await client.pupPage?.evaluate(
    (types: readonly string[]) => {
      const dom = globalThis as unknown as {
        document: { createElement(name: string): { canPlayType(type: string): string } };
      };
      const video = dom.document.createElement('video');
      return types.map((type) => [type, video.canPlayType(type) === '' ? 'no' : 'yes']);
    },
    formats.map(([type]) => type),
  );
  expect(formats.length).toBeGreaterThan(10);
  expect(answers).toEqual(formats);
});

describe('a video', () => {
  it.each(sampleVideos)('is sent with its size as $kind', async ({ mimetype, data }) => {
    expect(await delivered({ mimetype, data })).toMatchObject({
      type: 'video',
      media: { width: SAMPLE_WIDTH, height: SAMPLE_HEIGHT },
    });
  });

  const broken = { mimetype: 'video/mp4', data: Buffer.from('not a video').toString('base64') };

  it('that cannot be decoded is refused at once, with the remedy, and nothing is sent', async () => {
    const key = newKey();
    expect(await shop.send(message(broken), key)).toMatchObject({
      outcome: 'refused',
      code: 'NOT_SUPPORTED',
      message: expect.stringMatching(/cannot decode.*asDocument/),
    });
    expect(await shop.findSent(key)).toEqual({ found: false, proof: true });
    expect(chrome.waWeb.sent(phone).some(({ id }) => id.endsWith(key))).toBe(false);
  });

  it('that cannot be decoded is sent as a document', async () => {
    expect(await delivered({ ...broken, asDocument: true })).toMatchObject({ type: 'document' });
  });

  it('that can be decoded, and whose upload fails, may be tried again', async () => {
    await chrome.waWeb.setFaults({ upload: 'refuse' }, phone);
    const [sample] = sampleVideos;
    expect(await shop.send(message(sample ?? broken))).toMatchObject({ outcome: 'unsent' });
    await chrome.waWeb.clearFaults(phone);
  });
});

describe('a voice message', () => {
  const mimetype = 'audio/ogg; codecs=opus';

  it('has the waveform of what the browser decodes', async () => {
    const voice = await delivered({ mimetype, data: silentVoice(), asVoice: true });
    expect(voice).toMatchObject({ type: 'ptt', media: { mimetype } });
    expect(voice?.media?.waveform).toHaveLength(64);
  });

  it('that cannot be decoded is sent without one', async () => {
    const voice = await delivered({
      mimetype,
      data: Buffer.from('silence').toString('base64'),
      asVoice: true,
    });
    expect(voice).toMatchObject({ type: 'ptt' });
    expect(voice?.media).not.toHaveProperty('waveform');
  });
});
