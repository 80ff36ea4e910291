/** The wakeeper API inside a Hono application that was there before: under /wa, behind the application's own middleware. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { InstanceManager } from '@wakeeper/lifecycle';
import { memoryStore, simulatedDriver } from '@wakeeper/lifecycle/testing';
import { createApp, Events } from '@wakeeper/server';
import { Hono } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { requestId } from 'hono/request-id';
import { pino } from 'pino';

const { STAFF_TOKEN, PORT = '3000' } = process.env;
if (!STAFF_TOKEN)
  throw new Error('Set STAFF_TOKEN: whoever reaches /wa without one could send from every account.');

const log = pino({ level: 'warn' });
// For WhatsApp itself: whatsappWebDriver({ authBaseDir: './data/profiles' }), and sqliteStore({ path: './data/wakeeper.db' }).
const store = memoryStore();
const manager = await InstanceManager.open({ driver: simulatedDriver({ scanAfterMs: 500 }), store, log });
const events = await Events.open({ store, manager, log });

const app = new Hono();
app.use(requestId());
// Without apiKeys wakeeper asks nobody who they are: here the application does, as for everything else of the staff.
app.use('/wa/*', bearerAuth({ token: STAFF_TOKEN }));
app.route('/wa', createApp({ manager, events, log }));
app.get('/', (c) => c.text('The shop'));
app.post('/orders', async (c) => {
  const { customer, item } = await c.req.json();
  const payload = { to: customer, text: `Thank you for ordering ${item}.` };
  // The application itself needs no HTTP to send, and its customer need not wait for WhatsApp.
  const { status } = await manager.send('shop', { type: 'message', payload }, { waitMs: 0 });
  return c.json({ item, told: status }, 201);
});
app.notFound((c) => c.text('The shop has no such page', 404));

const server = serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`listening on http://127.0.0.1:${port}`),
) as Server;
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
