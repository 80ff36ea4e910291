/** The wakeeper API inside an Express application that was there before: under /wa, beside the application's own routes. */
import { getRequestListener } from '@hono/node-server';
import { InstanceManager } from '@wakeeper/lifecycle';
import { createApp } from '@wakeeper/server';
import express from 'express';
import { pino } from 'pino';
import { openDriver, openStore } from './adapters.js';

const { API_KEY, PORT = '3000' } = process.env;
if (!API_KEY) throw new Error('Set API_KEY: whoever reaches /wa without one could send from every account.');

const log = pino({ level: 'warn' });
const manager = await InstanceManager.open({ driver: await openDriver(), store: await openStore(), log });
const wakeeper = createApp({ manager, log, apiKeys: [API_KEY] });

const app = express();
// Before any parser of bodies: wakeeper reads its own. And without a change to the Request and Response of the process.
app.use('/wa', getRequestListener(wakeeper.fetch, { overrideGlobalObjects: false }));
app.use(express.json());
app.get('/', (_request, response) => void response.send('The shop'));
app.post('/orders', async ({ body: { customer, item } }, response) => {
  const text = `Thank you for ordering ${item}.`;
  // The application itself needs no HTTP to send.
  const receipt = await manager.send('shop', { type: 'message', payload: { to: customer, text } });
  response.status(201).json({ item, told: receipt.status });
});

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' && address?.port}`);
});
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, async () => {
    server.close();
    await manager.close();
    process.exit(0);
  });
