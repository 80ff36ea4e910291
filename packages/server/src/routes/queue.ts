/** The outbound queue of an instance, for people who want to see, cancel or settle what waits in it. */
import { type InstanceManager, ITEM_STATUSES, listedItem } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { pageFields } from '../http/field.js';
import { Problem } from '../http/problem.js';
import { body, noBody, noQuery, query } from '../http/validate.js';
import { queueItemJson } from './queue-item-json.js';

const queueQuery = z.strictObject({
  ...pageFields,
  /** One or more, separated by commas. */
  status: z
    .string()
    .max(200)
    .transform((value) => value.split(','))
    .pipe(z.array(z.enum(ITEM_STATUSES)))
    .exactOptional(),
});
const resolveBody = z.strictObject({ as: z.enum(['sent', 'resend', 'failed']) });

const LONGEST_QUEUE_ID = 128;

export function queueRoutes(manager: InstanceManager) {
  return new Hono<AppEnv>()
    .get('/:id/queue', query(queueQuery), async (c) => {
      const { status, ...page } = c.req.valid('query');
      const { items, nextCursor } = await manager.queue(c.req.param('id'), {
        ...page,
        ...(status ? { statuses: status } : {}),
      });
      return c.json({ items: items.map(queueItemJson), nextCursor });
    })
    .use('/:id/queue/:queueId/*', async (c, next) => {
      if (c.req.param('queueId').length <= LONGEST_QUEUE_ID) return next();
      throw new Problem('QUEUE_ITEM_NOT_FOUND', { detail: 'No item can have this id.' });
    })
    .get('/:id/queue/:queueId', noQuery, async (c) =>
      c.json(queueItemJson(listedItem(await manager.queueItem(c.req.param('id'), c.req.param('queueId'))))),
    )
    .delete('/:id/queue/:queueId', noQuery, noBody, async (c) =>
      c.json(queueItemJson(listedItem(await manager.cancel(c.req.param('id'), c.req.param('queueId'))))),
    )
    .post('/:id/queue/:queueId/resolve', noQuery, body(resolveBody), async (c) =>
      c.json(
        queueItemJson(
          listedItem(
            await manager.resolve(c.req.param('id'), c.req.param('queueId'), c.req.valid('json').as),
          ),
        ),
      ),
    );
}
