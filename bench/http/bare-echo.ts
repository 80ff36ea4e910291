/** Hono with one route that answers what was posted: `bare-echo.ts <port>`. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const [port = ''] = process.argv.slice(2);
const app = new Hono();
app.get('/up', (c) => c.text('up'));
app.post('/v1/instances/:id/messages', async (c) => c.json(await c.req.json<object>(), 202));
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' });
