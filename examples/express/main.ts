/** The wakeeper API inside an Express application that was there before: under /wa, beside the application's own routes. */
import { once } from 'node:events';
import { getRequestListener } from '@hono/node-server';
import { InstanceManager } from '@wakeeper/lifecycle';
import { createApp, Events } from '@wakeeper/server';
import compression from 'compression';
import express from 'express';
import { pino } from 'pino';
import { openDriver, openStore } from './adapters.js';

const { API_KEY, PORT = '3000' } = process.env;
if (!API_KEY) throw new Error('Set API_KEY: whoever reaches /wa without one could send from every account.');

const log = pino({ level: 'warn' });
const store = await openStore();
const manager = await InstanceManager.open({ driver: await openDriver(), store, log });
const events = await Events.open({ store, manager, log });
const wakeeper = createApp({ manager, events, log, apiKeys: [API_KEY] });

const app = express();
app.use(compression());
// Before any parser of bodies: wakeeper reads its own. And without a change to the Request and Response of the process.
app.use('/wa', getRequestListener(wakeeper.fetch, { overrideGlobalObjects: false }));
app.use(express.json());
app.get('/', (_request, response) => void response.send('The shop'));
app.post('/orders', async ({ body: { customer, item } }, response) => {
  const payload = { to: customer, text: `Thank you for ordering ${item}.` };
  // The application itself needs no HTTP to send, and its customer need not wait for WhatsApp.
  const { status } = await manager.send('shop', { type: 'message', payload }, { waitMs: 0 });
  response.status(201).json({ item, told: status });
});

const server = app.listen(Number(PORT), '127.0.0.1', (error) => {
  if (error) throw error;
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' && address?.port}`);
});
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, async () => {
    // Nobody new comes in; who reads along hears what happens until the end; then the streams end, and last the connections.
    const closed = once(server.close(), 'close');
    await manager.close();
    events.close();
    setTimeout(() => server.closeAllConnections(), 500);
    await closed;
    process.exit(0);
  });
