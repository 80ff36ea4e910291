/** Hono with one route and a constant answer: `bare-server.ts <port> <json>`. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const [port = '', json = ''] = process.argv.slice(2);
const instance = JSON.parse(json) as object;
const app = new Hono();
app.get('/v1/instances/:id', (c) => c.json({ ...instance, id: c.req.param('id') }));
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' });
