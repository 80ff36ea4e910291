/** Instances: create, look, change, remove, and the four verbs of their lifecycle. */
import { INSTANCE_STATES, type InstanceManager, type InstanceView } from '@wakeeper/lifecycle';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { json } from '../http/answer.js';
import type { AppEnv } from '../http/app-env.js';
import { byDeadline } from '../http/deadline.js';
import { labels, pageFields, pageQuery, proxy, waitQuery } from '../http/field.js';
import { body, instance, noBody, noQuery, query } from '../http/validate.js';
import { instanceJson, transitionJson } from './instance-json.js';

const createBody = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 characters out of A-Z, a-z, 0-9, "_" and "-"'),
  start: z.boolean().exactOptional(),
  labels: labels.exactOptional(),
  proxy: proxy.exactOptional(),
});
const changeBody = z.strictObject({ labels: labels.exactOptional(), proxy: proxy.exactOptional() });
const restartBody = z.strictObject({ mode: z.enum(['soft', 'hard']).exactOptional() });
const listQuery = z.strictObject({
  ...pageFields,
  state: z.enum(INSTANCE_STATES).exactOptional(),
  node: z.string().min(1).max(64).exactOptional(),
  label: z.string().min(1).max(321).exactOptional(),
});

export function instanceRoutes(manager: InstanceManager) {
  /** The instance now or, with `?wait`, as soon as nothing is under way any more. */
  const outcome = async (c: Context<AppEnv>, view: InstanceView, wait = 0): Promise<InstanceView> =>
    wait === 0 ? view : byDeadline(c.req.raw, wait * 1000, (limits) => manager.whenSettled(view.id, limits));

  return (
    new Hono<AppEnv>()
      .post('/', query(waitQuery), body(createBody), async (c) => {
        const options = c.req.valid('json');
        c.set('instanceId', options.id);
        const view = await outcome(c, await manager.create(options), c.req.valid('query').wait);
        return c.json(instanceJson(view), 202);
      })
      .get('/', query(listQuery), (c) => {
        const page = manager.list(c.req.valid('query'));
        return json(c, {
          items: page.items.map(instanceJson),
          nextCursor: page.nextCursor,
          counts: page.counts,
        });
      })
      // `/:id` too: a wildcard at the end matches nothing as well.
      .use('/:id/*', instance)
      .get('/:id', noQuery, (c) => json(c, instanceJson(manager.get(c.req.param('id')))))
      .patch('/:id', noQuery, body(changeBody), async (c) =>
        c.json(instanceJson(await manager.update(c.req.param('id'), c.req.valid('json')))),
      )
      .delete('/:id', noQuery, noBody, async (c) => {
        await manager.remove(c.req.param('id'));
        return c.body(null, 204);
      })
      .post('/:id/start', query(waitQuery), noBody, async (c) => {
        const view = await manager.start(c.req.param('id'));
        return c.json(instanceJson(await outcome(c, view, c.req.valid('query').wait)), 202);
      })
      .post('/:id/stop', query(waitQuery), noBody, async (c) => {
        const view = await manager.stop(c.req.param('id'));
        return c.json(instanceJson(await outcome(c, view, c.req.valid('query').wait)), 202);
      })
      .post('/:id/restart', query(waitQuery), body(restartBody), async (c) => {
        const view = await manager.restart(c.req.param('id'), c.req.valid('json'));
        return c.json(instanceJson(await outcome(c, view, c.req.valid('query').wait)), 202);
      })
      .post('/:id/logout', query(waitQuery), noBody, async (c) => {
        const view = await manager.logout(c.req.param('id'));
        return c.json(instanceJson(await outcome(c, view, c.req.valid('query').wait)), 202);
      })
      .get('/:id/history', query(pageQuery), async (c) => {
        const page = await manager.history(c.req.param('id'), c.req.valid('query'));
        const items = page.items.flatMap((fact) =>
          fact.type === 'instance.state' ? [transitionJson(fact)] : [],
        );
        return c.json({ items, nextCursor: page.nextCursor });
      })
  );
}
