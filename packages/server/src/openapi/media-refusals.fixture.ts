/** Whatever becomes of media before there is a receipt: asked for, so that each answer is seen. */
import { join } from 'node:path';
import { createApp } from '../app.js';
import { MediaIntake, type MediaOptions } from '../media/media-intake.js';
import { mediaSource } from '../media/media-source.fixture.js';
import type { OpenApp } from '../open-app.fixture.js';
import type { Witness } from './witness.fixture.js';

export async function mediaRefusals(server: OpenApp, witness: Witness): Promise<void> {
  const { manager, webhooks, metrics, events } = server;
  const source = await mediaSource();
  const send = async (body: unknown, options: Partial<MediaOptions> = {}) => {
    const media = new MediaIntake({ allowPrivate: ['127.0.0.0/8'], ...options });
    const app = createApp({ manager, webhooks, metrics, events, media });
    await witness.ask(app, 'sendMessage', { path: { id: 'ready' }, body });
    media.close();
  };
  const to = '4915112345678';
  const form = new FormData();
  form.append('to', to);
  await send(form);
  form.append('file', new Blob(['PNG'], { type: 'image/png' }), 'a.png');
  await send(form);
  await send({ to, media: { mimetype: 'image/png', data: 'UE5H' } }, { maxBytes: 2 });
  await send({ to, media: { url: 'https://10.0.0.1/a.png' } });
  const fetched = { to, media: { url: source.url() } };
  await send(fetched, { spoolDirectory: join(process.execPath, 'no folder') });
  await send(fetched);
  source.answer = (_, response) => response.writeHead(404).end();
  await send(fetched);
  source.answer = () => {};
  await send(fetched, { fetchTimeoutMs: 20 });
  await source.close();
}
