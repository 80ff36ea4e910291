/** The wakeeper API inside a Fastify application that was there before: under /wa, beside the application's own routes. */
import { getRequestListener } from '@hono/node-server';
import { InstanceManager } from '@wakeeper/lifecycle';
import { memoryStore, simulatedDriver } from '@wakeeper/lifecycle/testing';
import { createApp, Events } from '@wakeeper/server';
import Fastify from 'fastify';
import { Hono } from 'hono';

const { API_KEY, PORT = '3000' } = process.env;
if (!API_KEY) throw new Error('Set API_KEY: whoever reaches /wa without one could send from every account.');

const app = Fastify({ logger: { level: 'warn' } });
const { log } = app;
// For WhatsApp itself: whatsappWebDriver({ authBaseDir: './data/profiles' }), and sqliteStore({ path: './data/wakeeper.db' }).
const store = memoryStore();
const manager = await InstanceManager.open({ driver: simulatedDriver({ scanAfterMs: 500 }), store, log });
const events = await Events.open({ store, manager, log });

// Fastify leaves /wa in the address, so it is mounted there; and the Request and Response of the process stay as they are.
const wakeeper = new Hono().route('/wa', createApp({ manager, events, log, apiKeys: [API_KEY] }));
const listener = getRequestListener(wakeeper.fetch, { overrideGlobalObjects: false });
app.register(
  async (scope) => {
    // In this scope alone nobody reads bodies, since wakeeper reads its own, and the answers are wakeeper's.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, done) => done(null));
    scope.all('/*', (request, reply) => {
      reply.hijack();
      return listener(request.raw, reply.raw);
    });
  },
  { prefix: '/wa' },
);
app.get('/', () => 'The shop');
app.post<{ Body: { customer: string; item: string } }>(
  '/orders',
  async ({ body: { customer, item } }, reply) => {
    const payload = { to: customer, text: `Thank you for ordering ${item}.` };
    // The application itself needs no HTTP to send, and its customer need not wait for WhatsApp.
    const { status } = await manager.send('shop', { type: 'message', payload }, { waitMs: 0 });
    return reply.code(201).send({ item, told: status });
  },
);

console.log(`listening on ${await app.listen({ port: Number(PORT), host: '127.0.0.1' })}`);
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, async () => {
    // Nobody new comes in; who reads along hears what happens until the end; then the streams end, and last the connections.
    const closed = app.close();
    await manager.close();
    events.close();
    setTimeout(() => app.server.closeAllConnections(), 500);
    await closed;
    process.exit(0);
  });
