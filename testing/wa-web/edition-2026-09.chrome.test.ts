import { afterAll, beforeAll, expect, test } from 'vitest';
import wwebjs from 'whatsapp-web.js';
import { Browsers, type Client, next } from './browser.js';
import { startWaWeb, type WaWeb } from './server.js';

/** What the unmodified library makes of the page of September 2026, whose models keep their attributes in private fields. */
const ME = '15551090';
const YOU = '15559999';
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const NO_ID = 'Data passed to getter must include an id property';

interface Attributes {
  id?: unknown;
  type?: string;
  [field: string]: unknown;
}
interface Opaque {
  createFromData(file: Blob, mimetype: string): Promise<object>;
}
interface PageWorld {
  require(name: 'WAWebCollections'): {
    Msg: {
      modelClass: new (attributes: Attributes) => Attributes;
      getModelsArray(): Attributes[];
    };
  };
  require(name: 'WAWebMediaOpaqueData'): Opaque;
  require(name: 'WAWebPrepRawMedia'): {
    prepRawMedia(data: object, parameters: object): { waitForPrep(): Promise<Attributes> };
  };
}

let waWeb: WaWeb;
let browsers: Browsers;
let client: Client;

beforeAll(async () => {
  waWeb = await startWaWeb({ edition: '2026-09' });
  browsers = new Browsers(waWeb);
  ({ client } = await browsers.paired(ME));
});
afterAll(async () => {
  await browsers.close();
  await waWeb.close();
});

test('tells its version', async () => {
  expect(await client.getWWebVersion()).toBe('2.3000.1047780587');
});

test('a text that is sent arrives, and the library has nothing to show for it, as in July', async () => {
  expect(await client.sendMessage(`${YOU}@c.us`, 'who knows')).toBeUndefined();
  await waWeb.waitFor(ME, { sent: 1 });
  expect(waWeb.sent(ME).at(-1)).toMatchObject({ body: 'who knows' });
});

test('what is received comes whole, with its text in a field with a name of the minifier', async () => {
  const heard = next<wwebjs.Message>(client, 'message');
  const id = waWeb.receive(ME, { from: YOU, body: 'hello', name: 'Bo' });
  const message = await heard;
  expect(message).toMatchObject({ body: 'hello', from: `${YOU}@c.us`, to: `${ME}@c.us`, fromMe: false });
  expect(message.id).toEqual({ fromMe: false, remote: `${YOU}@c.us`, id: id.split('_')[2], $1: id });
});

const { MessageMedia } = wwebjs;
const bytes = Buffer.from('not really').toString('base64');
test.each([
  ['a picture', `${YOU}@c.us`, new MessageMedia('image/png', PIXEL), {}],
  ['a document', `${YOU}@c.us`, new MessageMedia('text/csv', bytes), { sendMediaAsDocument: true }],
  ['a voice message', `${YOU}@c.us`, new MessageMedia('audio/ogg', bytes), { sendAudioAsVoice: true }],
  ['a sticker', `${YOU}@c.us`, new MessageMedia('image/png', PIXEL), { sendMediaAsSticker: true }],
  ['a picture', '120363000@g.us', new MessageMedia('image/png', PIXEL), {}],
  ['a picture', '120363111@newsletter', new MessageMedia('image/png', PIXEL), {}],
])('%s to %s is uploaded, and the page refuses the message', async (_what, to, media, options) => {
  const before = waWeb.raw(ME).filter(({ frame }) => (frame as { t?: string }).t === 'send').length;
  await expect(client.sendMessage(to, media, options)).rejects.toThrow(NO_ID);
  const frames = waWeb.raw(ME).filter(({ frame }) => (frame as { t?: string }).t === 'send');
  expect(frames).toHaveLength(before);
});

test('a model has its attributes in private fields: a spread has those, and its JSON the attributes', async () => {
  const seen = await client.pupPage?.evaluate(() => {
    const { Msg } = (globalThis as unknown as PageWorld).require('WAWebCollections');
    const model = Msg.getModelsArray()[0];
    const copy = { ...model };
    return {
      type: model?.type,
      field: copy.__x_type,
      spread: copy.type ?? null,
      copied: (JSON.parse(JSON.stringify(model)) as Attributes).type,
      id: String(copy.__x_id) === String(model?.id),
    };
  });
  expect(seen).toEqual({ type: 'chat', field: 'chat', spread: null, copied: 'chat', id: true });
});

test('a prepared file has a private id without a value, and without that one a message can be made of it', async () => {
  const seen = await client.pupPage?.evaluate(async (data) => {
    const page = globalThis as unknown as PageWorld;
    const picture = await (await fetch(`data:image/png;base64,${data}`)).blob();
    const opaque = await page.require('WAWebMediaOpaqueData').createFromData(picture, 'image/png');
    const file = await page.require('WAWebPrepRawMedia').prepRawMedia(opaque, {}).waitForPrep();
    const { Msg } = page.require('WAWebCollections');
    const id = Msg.getModelsArray()[0]?.id;
    const made = (attributes: Attributes) => {
      try {
        const message = new Msg.modelClass({ id, ...attributes });
        return { type: message.type, isOwn: message.id === id };
      } catch (error) {
        return (error as Error).message;
      }
    };
    const { __x_id, ...rest } = file;
    return {
      hasField: Object.hasOwn(file, '__x_id'),
      field: String(__x_id),
      named: 'id' in JSON.parse(JSON.stringify(file)),
      with: made({ ...file }),
      without: made(rest),
    };
  }, PIXEL);
  expect(seen).toEqual({
    hasField: true,
    field: 'undefined',
    named: false,
    with: NO_ID,
    without: { type: 'image', isOwn: true },
  });
});
