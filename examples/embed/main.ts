/** wakeeper inside a service of one's own: pair, send a message and a poll, hear what happens, end cleanly. */
import { InstanceManager, isLifecycleError } from '@wakeeper/lifecycle';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import QRCode from 'qrcode';
import { openDriver } from './driver.js';

const { DATA_DIR = './data', TO } = process.env;

const manager = await InstanceManager.open({
  driver: await openDriver(DATA_DIR),
  store: sqliteStore({ path: `${DATA_DIR}/wakeeper.db` }),
});
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, () => manager.close().then(() => process.exit(0)));

const paired = new Promise<void>((resolve) => {
  manager.subscribe(async ({ type, instanceId, body }) => {
    console.log(type, instanceId, 'state' in body ? `${body.state} (${body.detail})` : '');
    if ('qr' in body && body.qr)
      console.log(await QRCode.toString(body.qr, { type: 'terminal', small: true }));
    if ('state' in body && body.state === 'ready') resolve();
  });
});

await manager.create({ id: 'shop' }).catch((error: unknown) => {
  // At the second start it is there already, and needs no code.
  if (!isLifecycleError(error, 'INSTANCE_EXISTS')) throw error;
});
await paired;

const to = TO ?? manager.get('shop').me?.id ?? '';
const poll = { to, question: 'Shall we?', options: ['yes', 'no'] };
console.log(await manager.send('shop', { type: 'message', payload: { to, text: 'Hello from wakeeper' } }));
console.log(await manager.send('shop', { type: 'poll', payload: poll }));
