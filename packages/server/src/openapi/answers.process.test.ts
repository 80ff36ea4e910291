import { simulatedAssertion, VirtualClock } from '@wakeeper/lifecycle/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Document } from '../../../../testing/fuzz/described-api.js';
import { createApp } from '../app.js';
import { QR_END_ID } from '../events/qr-follower.js';
import { type OpenApp, openApp } from '../open-app.fixture.js';
import { Disk } from './fragile-store.fixture.js';
import { mediaRefusals } from './media-refusals.fixture.js';
import { type Asked, Witness } from './witness.fixture.js';

const disk = new Disk();
let server: OpenApp;
let witness: Witness;
let webhookId: string;
let spareId: string;
let pictureId: string;
let deliveryId: string;
let queueId: string;

const WEBHOOK = { description: '', instances: null, headers: {}, retries: null };
const text = { to: '4915112345678', text: 'Hello' };
const poll = { to: '4915112345678', question: 'Tea?', options: ['yes', 'no'] };
const url = 'https://example.org/hook';
const chatId = '4915100000001@c.us';
const reaction = { emoji: '👍' };
const NO_WEBHOOK = `wh_${'0'.repeat(24)}`;

async function firstDelivered(): Promise<string> {
  const page = await server.json('GET', `/v1/webhooks/${webhookId}/deliveries?status=delivered`);
  const [first] = (page as { items: { id: string }[] }).items;
  if (!first) throw new Error('Nothing is delivered yet.');
  return first.id;
}

beforeAll(async () => {
  server = await openApp({
    store: (store) => disk.under(store),
    webhooks: { post: async () => ({ status: 204, error: null }) },
    manager: { maxMediaBytes: 6, maxQueueSize: 2, maxRestartsPerWindow: 1 },
    events: { maxReaders: 1 },
  });
  witness = new Witness((await server.json('GET', '/openapi.json')) as unknown as Document);
  ({ id: webhookId } = (await server.json('POST', '/v1/webhooks', { url })) as { id: string });
  ({ id: spareId } = (await server.json('POST', '/v1/webhooks', { url })) as { id: string });
  for (const id of ['ready', 'faulty', 'gone']) await server.ready(id);
  pictureId = picture(5);
  await server.unpaired('unpaired');
  for (const id of ['linking', 'unlinked']) await server.linking(id);
  server.driver.whatsapp.pair('busy');
  server.driver.whatsapp.faults('busy').always('ready', 'never');
  await server.manager.create({ id: 'busy' });
  await server.manager.create({ id: 'stopped', start: false });
  ({ queueId } = (await server.json('POST', '/v1/instances/ready/messages', text)) as { queueId: string });
  deliveryId = await vi.waitFor(firstDelivered, { timeout: 10_000, interval: 5 });
});
afterAll(async () => {
  disk.isFull = false;
  await server.close();
});

/** The passkey that an instance waits for now, or one for nothing any more. */
const linking = (id = 'linking'): Asked => {
  const { options = { challenge: 'Y2hhbGxlbmdl' } } = server.manager.get(id).passkey ?? {};
  return { path: { id }, body: { assertion: simulatedAssertion(options) } };
};

/** A valid request to every route, in an order in which none spoils the next. */
const valid = (): Readonly<Record<string, Asked>> => {
  const one = { path: { id: 'ready' } };
  const item = { path: { id: 'ready', queueId } };
  const hook = { path: { id: webhookId } };
  const delivery = { path: { id: webhookId, deliveryId } };
  return {
    isAlive: {},
    isReady: {},
    describe: {},
    showDocs: {},
    scrapeMetrics: {},
    getPageSelfTest: {},
    changePageSelfTest: { body: { media: 'enforce' } },
    listInstances: {},
    createInstance: { body: { id: 'new', start: false } },
    getInstance: one,
    changeInstance: { ...one, body: { labels: { team: 'sales' } } },
    listTransitions: one,
    getQrCode: { path: { id: 'unpaired' } },
    requestPairingCode: { path: { id: 'unpaired' }, body: { phoneNumber: '4915112345678' } },
    submitPasskey: linking(),
    getScreenshot: one,
    sendMessage: { ...one, body: text },
    sendPoll: { ...one, body: poll },
    listQueue: one,
    releaseHeld: { ...one, body: { items: 'all' } },
    dropHeld: { ...one, body: { items: 'all' } },
    getQueueItem: item,
    cancelQueueItem: item,
    resolveQueueItem: { ...item, body: { as: 'sent' } },
    lookUpNumber: { path: { id: 'ready', phone: '4915112345678' } },
    listChats: one,
    getMedia: { path: { id: 'ready', messageId: pictureId } },
    reactToMessage: { path: { id: 'ready', messageId: pictureId }, body: reaction },
    markChatAsRead: { path: { id: 'ready', chatId } },
    readEvents: {},
    createEventToken: { body: {} },
    listWebhooks: {},
    getWebhook: hook,
    changeWebhook: { ...hook, body: { description: 'ours' } },
    rotateWebhookSecret: { ...hook, body: {} },
    pingWebhook: hook,
    listDeliveries: hook,
    getDelivery: delivery,
    redeliver: delivery,
    redeliverRange: { ...hook, body: { from: '2026-01-01T00:00:00Z' } },
    startInstance: one,
    restartInstance: one,
    stopInstance: one,
    logoutInstance: one,
    createWebhook: { body: { url } },
    removeWebhook: { path: { id: spareId } },
    removeInstance: { path: { id: 'gone' } },
  };
};
const isRead = (id: string) => witness.operation(id).method === 'GET';
const everyRoute = async (visit: (id: string, asked: Asked) => Promise<unknown>) => {
  for (const [id, asked] of Object.entries(valid())) await visit(id, asked);
};

test('there is a valid request to every described route', () => {
  const ids = witness.api.operations.map(({ operationId }) => operationId);
  expect(Object.keys(valid()).toSorted()).toEqual(ids.toSorted());
});

/** What the checks before a handler refuse, on every route that has them. */
async function refusals() {
  const { manager, webhooks, metrics, events } = server;
  const rooms = { manager, webhooks, metrics, events };
  const keyed = createApp({ ...rooms, apiKeys: ['right'] });
  const local = createApp({ ...rooms, localOnly: true });
  const small = createApp({ ...rooms, maxBodyBytes: 4 });
  await everyRoute(async (id, asked) => {
    await witness.ask(keyed, id, asked).then(({ hangUp }) => hangUp());
    await witness
      .ask(local, id, { ...asked, headers: { host: 'evil.example' } })
      .then(({ hangUp }) => hangUp());
    if (witness.seen.has(`${id} 401 UNAUTHORIZED`))
      await witness.ask(server.app, id, { ...asked, query: '?unknown=1' });
    await nobody(id, asked);
    if (isRead(id)) return;
    await witness.ask(small, id, { ...asked, body: '{"a":"bcd"}' });
    await witness.ask(server.app, id, { ...asked, body: 'a', headers: { 'content-type': 'text/plain' } });
  });
}

/** What is named in the path is not there. */
async function nobody(id: string, { path, ...asked }: Asked) {
  const none = {
    id: id.match(/Webhook|eliver/) ? NO_WEBHOOK : 'nobody',
    queueId: 'none',
    deliveryId: 'none',
  };
  if (path?.id !== undefined) await witness.ask(server.app, id, { ...asked, path: { ...path, id: none.id } });
  if (path && Object.keys(path).length > 1)
    await witness.ask(server.app, id, { ...asked, path: { ...none, id: path.id ?? '' } });
}

/** The same with what is still there, when instances were logged out, restarted and removed, and so the webhook. */
function left(id: string, asked: Asked): Asked {
  if (id === 'createInstance') return { body: { id: 'another', start: false } };
  if (id === 'submitPasskey') return linking('unlinked');
  if (id === 'removeWebhook') return { path: { id: webhookId } };
  return /^send|^removeInstance|^restart/.test(id) ? { ...asked, path: { id: 'faulty' } } : asked;
}

async function whileTheDiskIsFull() {
  disk.isFull = true;
  await everyRoute((id, asked) =>
    witness.ask(server.app, id, left(id, asked)).then(({ hangUp }) => hangUp()),
  );
  disk.isFull = false;
}

async function withoutStore() {
  for (const code of ['STORE_LOCKED', 'STORE_UNAVAILABLE'] as const) {
    const gone = new Disk();
    const stranded = await openApp({ store: (store) => gone.under(store) });
    gone.lose(code);
    await stranded.manager.storeLost;
    for (const probe of ['isAlive', 'isReady']) await witness.ask(stranded.app, probe);
    await stranded.close();
  }
}

async function afterTheEnd() {
  await server.close();
  await everyRoute((id, asked) =>
    witness.ask(server.app, id, left(id, asked)).then(({ hangUp }) => hangUp()),
  );
}

async function sending() {
  for (const [id, body] of Object.entries({ sendMessage: text, sendPoll: poll })) {
    const to = (instance: string, more: Asked = {}) =>
      witness.ask(server.app, id, { path: { id: instance }, body, ...more });
    await to('unpaired');
    server.driver.whatsapp.faults('faulty').next('send', { refused: 'RECIPIENT_NOT_FOUND' });
    await to('faulty');
    await to('busy');
    await to('busy');
    await to('busy');
    const headers = { 'idempotency-key': id };
    await vi.waitFor(() => expect(server.manager.get('ready').queueDepth).toBe(0), { timeout: 10_000 });
    await to('ready', { headers });
    await to('ready', { headers, body: { ...body, to: '4915112345679' } });
    await to('ready', { body: { ...body, to: '12' } });
    await to('ready', { body: { ...body, text: 7 } });
    await to('ready', { query: '?wait=0' });
  }
}

/** Items that wait, and one that was in flight when somebody pulled the plug. */
async function settling() {
  const { app, data } = server;
  const { items } = data.queue('busy');
  const [waiting, doubtful] = [...items.values()].filter(({ status }) => status === 'queued');
  if (!waiting || !doubtful) throw new Error('Two items should wait in the queue of "busy".');
  await witness.ask(app, 'cancelQueueItem', { path: { id: 'busy', queueId: waiting.id } });
  items.set(doubtful.id, { ...doubtful, status: 'uncertain' });
  data.queue('busy').open.delete(doubtful.id);
  for (const verb of ['releaseHeld', 'dropHeld'])
    await witness.ask(app, verb, { path: { id: 'busy' }, body: { items: ['none'] } });
  const path = { id: 'busy', queueId: doubtful.id };
  await witness.ask(app, 'resolveQueueItem', { path, body: { as: 'sent' } });
}

async function pairing() {
  const { app, manager, driver } = server;
  const unpaired = { path: { id: 'unpaired' } };
  for (const accept of ['image/png', 'image/svg+xml', 'text/plain'])
    await witness.ask(app, 'getQrCode', { ...unpaired, headers: { accept } });
  const follow = { ...unpaired, query: '?follow=true' };
  const stream = await witness.ask(app, 'getQrCode', follow);
  await witness.ask(app, 'getQrCode', follow);
  await witness.ask(app, 'readEvents');
  await stream.hangUp();
  await witness.ask(app, 'getQrCode', { ...follow, headers: { 'last-event-id': QR_END_ID } });
  await witness.ask(createApp({ manager }), 'getQrCode', follow);
  await witness.ask(app, 'getQrCode', { path: { id: 'ready' } });
  await witness.ask(app, 'getQrCode', { path: { id: 'busy' }, query: '?wait=0.001' });
  const body = { phoneNumber: '4915112345678' };
  await witness.ask(app, 'requestPairingCode', { path: { id: 'ready' }, body });
  const linked = { phoneNumber: manager.get('ready').me?.phoneNumber };
  await witness.ask(app, 'requestPairingCode', { ...unpaired, body: linked });
  driver.whatsapp.faults('unpaired').next('requestPairingCode', { reject: 'PAGE_CRASHED' });
  await witness.ask(app, 'requestPairingCode', { ...unpaired, body });
  driver.whatsapp.faults('unpaired').next('requestPairingCode', { reject: 'PAGE_HUNG' });
  await witness.ask(app, 'requestPairingCode', { ...unpaired, body });
  await witness.ask(app, 'submitPasskey', { ...linking(), path: { id: 'unpaired' } });
  for (const reject of ['PAGE_CRASHED', 'PAGE_HUNG'] as const) {
    driver.whatsapp.faults('linking').next('submitPasskey', { reject });
    await witness.ask(app, 'submitPasskey', linking());
  }
  await witness.ask(app, 'getScreenshot', { path: { id: 'stopped' } });
  driver.whatsapp.faults('ready').next('screenshot', { reject: 'PAGE_HUNG' });
  await witness.ask(app, 'getScreenshot', { path: { id: 'ready' } });
}

/** What only the page of an instance can answer or do. */
async function askingPages() {
  const { app, driver, manager } = server;
  const faults = driver.whatsapp.faults('ready');
  driver.whatsapp.faults('broken').always('open', { reject: 'BROWSER_NOT_FOUND' });
  await manager.create({ id: 'broken' });
  await manager.whenSettled('broken');
  for (const [id, call] of [
    ['lookUpNumber', 'lookupNumber'],
    ['listChats', 'listChats'],
    ['reactToMessage', 'react'],
    ['markChatAsRead', 'markRead'],
  ] as const) {
    const of = (instance: string) =>
      witness.ask(app, id, {
        path: { id: instance, phone: '4915112345678', messageId: pictureId, chatId },
        ...(id === 'reactToMessage' ? { body: reaction } : {}),
      });
    for (const instance of ['unpaired', 'stopped', 'busy', 'broken']) await of(instance);
    faults.next(call, { reject: 'PROBE_FAILED' });
    await of('ready');
    faults.next(call, { reject: 'PAGE_HUNG' });
    await of('ready');
  }
}

/** WhatsApp has taken out of its page what a call needs. */
async function changedPages() {
  const changed = await openApp();
  const { whatsapp } = changed.driver;
  await changed.ready('ready');
  const message = whatsapp.phone('ready').receive({ body: 'Text' }).id;
  await changed.unpaired('unpaired');
  for (const id of ['ready', 'unpaired']) {
    whatsapp.changePage(id, ['lookUp', 'download', 'reactions', 'markRead', 'pairing', 'media']);
    whatsapp.browser(id).testPage();
  }
  const path = { id: 'ready', phone: '4915112345678', messageId: message, chatId };
  for (const id of ['lookUpNumber', 'getMedia', 'markChatAsRead'])
    await witness.ask(changed.app, id, { path });
  await witness.ask(changed.app, 'reactToMessage', { path, body: reaction });
  const body = { phoneNumber: '4915112345678' };
  await witness.ask(changed.app, 'requestPairingCode', { path: { id: 'unpaired' }, body });
  const media = { mimetype: 'image/png', data: 'iVBORw0KGgo=' };
  await witness.ask(changed.app, 'sendMessage', { path, body: { to: '4915112345678', media } });
  await changed.close();
}

/** A message that has come to "ready", with a file of so many bytes. */
const picture = (bytes: number): string =>
  server.driver.whatsapp
    .phone('ready')
    .receive({ media: { mimetype: 'image/png', filename: 'a.png', bytes: new Uint8Array(bytes) } }).id;

async function files() {
  const { whatsapp } = server.driver;
  const of = (messageId: string, id = 'ready') =>
    witness.ask(server.app, 'getMedia', { path: { id, messageId } });
  await of('nonsense');
  await of(whatsapp.phone('ready').receive({ body: 'Text' }).id);
  await of(picture(7));
  await of(pictureId, 'stopped');
  whatsapp.faults('ready').next('fetchMedia', { reject: 'PAGE_HUNG' });
  await of(pictureId);
}

async function webhooksAndConflicts() {
  const { app, webhooks } = server;
  await witness.ask(app, 'createInstance', { body: { id: 'ready' } });
  const { webhook } = await webhooks.create({ url, events: ['*'], ...WEBHOOK }, undefined, 'environment');
  const path = { id: webhook.id };
  await witness.ask(app, 'changeWebhook', { path, body: { description: 'mine' } });
  await witness.ask(app, 'removeWebhook', { path });
  await witness.ask(app, 'rotateWebhookSecret', { path, body: {} });
  const all = await webhooks.list();
  for (let n = all.length; n < 100; n++) await webhooks.create({ url, events: ['*'], ...WEBHOOK });
  await witness.ask(app, 'createWebhook', { body: { url } });
  for (const { webhook: each } of (await webhooks.list()).slice(2)) await webhooks.remove(each.id);
}

/** In an order in which none takes away what the next one needs. */
async function successes() {
  await everyRoute(async (id, asked) => {
    await witness.ask(server.app, id, asked).then(({ hangUp }) => hangUp());
    if (id !== 'restartInstance') return;
    // The budget has one restart.
    await server.manager.whenReady('ready');
    await witness.ask(server.app, id, asked);
  });
}

/** Somebody starts the instance again while its removal waits for it to stop. */
async function contendedRemoval() {
  const clock = new VirtualClock();
  const contended = await openApp({ manager: { clock } });
  const { manager } = contended;
  await manager.create({ id: 'shop' });
  const stop = manager.stop.bind(manager);
  const stoppedInVain = new Promise<void>((resolve) => {
    vi.spyOn(manager, 'stop').mockImplementationOnce(async (id) => {
      await stop(id);
      const view = await manager.start(id);
      resolve();
      return view;
    });
  });
  const removal = witness.ask(contended.app, 'removeInstance', { path: { id: 'shop' } });
  await stoppedInVain;
  await clock.advance(120_000);
  await removal;
  await contended.close();
}

test('every answer is described, and every described answer is given', async () => {
  await refusals();
  await sending();
  await settling();
  await pairing();
  await mediaRefusals(server, witness);
  await askingPages();
  await changedPages();
  await files();
  await webhooksAndConflicts();
  await contendedRemoval();
  await successes();
  await whileTheDiskIsFull();
  await withoutStore();
  await afterTheEnd();
  const missing = witness.described.filter((answer) => !witness.seen.has(answer));
  expect({ faults: witness.faults, missing }).toEqual({ faults: [], missing: [] });
});
