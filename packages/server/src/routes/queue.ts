/** The outbound queue of an instance, for people who want to see, cancel or settle what waits in it. */
import { type InstanceManager, ITEM_STATUSES, listedItem } from '@wakeeper/lifecycle';
import { Hono, type MiddlewareHandler } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { described, saying, told } from '../http/described.js';
import { listOf, pageFields, shownAs } from '../http/field.js';
import { Problem } from '../http/problem.js';
import { body, noBody, noQuery, query } from '../http/validate.js';
import { heldOutcome, queueItemJson, queueItemSchema, queuePage } from './queue-item-json.js';

const LONGEST_QUEUE_ID = 128;

const queueQuery = z.strictObject({
  ...pageFields,
  status: z
    .string()
    .max(200)
    .transform((value) => value.split(','))
    .pipe(z.array(z.enum(ITEM_STATUSES)))
    .exactOptional()
    .meta(listOf({ type: 'string', enum: ITEM_STATUSES }, 'Only items with one of these.')),
  held: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .meta(shownAs({ type: 'boolean', description: 'Only what is held for a person, or only what is not.' }))
    .exactOptional(),
});
const heldBody = z.strictObject({
  items: z
    .union([z.literal('all'), z.array(z.string().min(1).max(LONGEST_QUEUE_ID)).min(1).max(500)])
    .meta({ description: '`all`, or the queueIds of those that are meant.' }),
});
const heldIds = ({ items }: z.infer<typeof heldBody>) => (items === 'all' ? undefined : items);
const resolveBody = z.strictObject({
  as: z.enum(['sent', 'resend', 'failed']).meta({ description: "A person's word on what became of it." }),
});
const item = told(queueItemSchema, 'The item.');

const queueItem: MiddlewareHandler<AppEnv, '/:queueId'> = saying(
  {
    params: {
      queueId: z.string().max(LONGEST_QUEUE_ID).meta({ description: 'The `queueId` of a receipt.' }),
    },
    problems: ['QUEUE_ITEM_NOT_FOUND'],
  },
  async (c, next) => {
    if (c.req.param('queueId').length <= LONGEST_QUEUE_ID) return next();
    throw new Problem('QUEUE_ITEM_NOT_FOUND', { detail: 'No item can have this id.' });
  },
);

export function queueRoutes(manager: InstanceManager) {
  return new Hono<AppEnv>()
    .get(
      '/:id/queue',
      described(
        {
          id: 'listQueue',
          tag: 'queue',
          summary: 'List the items of a queue',
          answers: { 200: told(queuePage, 'One page, in the order of acceptance.') },
          problems: ['STORE_UNAVAILABLE'],
        },
        query(queueQuery),
      ),
      async (c) => {
        const { status, ...page } = c.req.valid('query');
        const { items, nextCursor } = await manager.queue(c.req.param('id'), {
          ...page,
          ...(status ? { statuses: status } : {}),
        });
        return c.json({ items: items.map(queueItemJson), nextCursor });
      },
    )
    .post(
      '/:id/queue/release',
      described(
        {
          id: 'releaseHeld',
          tag: 'queue',
          summary: 'Send what is held, in the name of the account that is paired now',
          description:
            'Items are held when another account is paired than the one that they were accepted for. What is named and not held is left as it is.',
          answers: { 200: told(heldOutcome, 'How many were released.') },
          problems: ['QUEUE_ITEM_NOT_FOUND', 'STORE_UNAVAILABLE'],
        },
        noQuery,
      ),
      body(heldBody),
      async (c) => {
        const id = c.req.param('id');
        const released = await manager.releaseHeld(id, heldIds(c.req.valid('json')));
        return c.json({ count: released, heldCount: manager.get(id).heldCount });
      },
    )
    .post(
      '/:id/queue/drop',
      described(
        {
          id: 'dropHeld',
          tag: 'queue',
          summary: 'Cancel what is held',
          description: 'As `release`, but the items are cancelled.',
          answers: { 200: told(heldOutcome, 'How many were cancelled.') },
          problems: ['QUEUE_ITEM_NOT_FOUND', 'STORE_UNAVAILABLE'],
        },
        noQuery,
      ),
      body(heldBody),
      async (c) => {
        const id = c.req.param('id');
        const dropped = await manager.dropHeld(id, heldIds(c.req.valid('json')));
        return c.json({ count: dropped, heldCount: manager.get(id).heldCount });
      },
    )
    .use('/:id/queue/:queueId/*', queueItem)
    .get(
      '/:id/queue/:queueId',
      described(
        {
          id: 'getQueueItem',
          tag: 'queue',
          summary: 'Look at an item',
          answers: { 200: item },
          problems: ['STORE_UNAVAILABLE'],
        },
        noQuery,
      ),
      async (c) =>
        c.json(queueItemJson(listedItem(await manager.queueItem(c.req.param('id'), c.req.param('queueId'))))),
    )
    .delete(
      '/:id/queue/:queueId',
      described(
        {
          id: 'cancelQueueItem',
          tag: 'queue',
          summary: 'Cancel an item that is not sent yet',
          answers: { 200: item },
          problems: ['QUEUE_ITEM_SETTLED', 'STORE_UNAVAILABLE'],
        },
        noQuery,
      ),
      noBody,
      async (c) =>
        c.json(queueItemJson(listedItem(await manager.cancel(c.req.param('id'), c.req.param('queueId'))))),
    )
    .post(
      '/:id/queue/:queueId/resolve',
      described(
        {
          id: 'resolveQueueItem',
          tag: 'queue',
          summary: 'Settle an item of which nobody knows whether it was sent',
          answers: { 200: item },
          problems: ['QUEUE_ITEM_SETTLED', 'STORE_UNAVAILABLE'],
        },
        noQuery,
      ),
      body(resolveBody),
      async (c) =>
        c.json(
          queueItemJson(
            listedItem(
              await manager.resolve(c.req.param('id'), c.req.param('queueId'), c.req.valid('json').as),
            ),
          ),
        ),
    );
}
