/** Webhooks: subscriptions, what became of their deliveries, and sending again. */
import { DELIVERY_STATUSES } from '@wakeeper/lifecycle';
import { Hono, type MiddlewareHandler } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { described, saying, told } from '../http/described.js';
import { listOf, pageFields, pageQuery } from '../http/field.js';
import { Problem } from '../http/problem.js';
import { body, noBody, noQuery, query } from '../http/validate.js';
import { isWebhookId } from '../webhooks/webhook-id.js';
import type { Webhooks, WebhookView } from '../webhooks/webhooks.js';
import { changeBody, createBody, redeliverBody, rotateBody } from './webhook-body.js';
import {
  deliveryJson,
  deliveryPage,
  deliverySchema,
  webhookJson,
  webhookPage,
  webhookSchema,
  webhookWithSecretJson,
  webhookWithSecretSchema,
} from './webhook-json.js';

const deliveriesQuery = z.strictObject({
  ...pageFields,
  status: z
    .string()
    .max(200)
    .transform((value) => value.split(','))
    .pipe(z.array(z.enum(DELIVERY_STATUSES)))
    .exactOptional()
    .meta(listOf({ type: 'string', enum: DELIVERY_STATUSES }, 'Only deliveries with one of these.')),
});

const HOUR_MS = 3_600_000;
const LONGEST_DELIVERY_ID = 64;

const one = told(webhookSchema, 'The webhook.');
const pingSchema = z.object({
  delivered: z.boolean(),
  responseStatus: z.int().nullable(),
  error: z.string().nullable(),
  durationMs: z.number(),
});
const withSecret = told(webhookWithSecretSchema, 'The webhook, with its secret this once.');

const webhookId: MiddlewareHandler<AppEnv, '/:id'> = saying(
  {
    params: {
      id: z
        .string()
        .regex(/^wh_[0-9a-f]{24}$/)
        .meta({ description: 'Id of a webhook.' }),
    },
    problems: ['WEBHOOK_NOT_FOUND'],
  },
  async (c, next) => {
    if (isWebhookId(c.req.param('id'))) return next();
    throw new Problem('WEBHOOK_NOT_FOUND', { detail: 'No webhook can have this id.' });
  },
);
const anyDeliveryId: MiddlewareHandler<AppEnv, '/:deliveryId'> = saying(
  {
    params: {
      deliveryId: z
        .string()
        .max(LONGEST_DELIVERY_ID)
        .meta({ description: 'Id of a delivery, `webhook-id` to its receiver.' }),
    },
    problems: ['DELIVERY_NOT_FOUND'],
  },
  async (c, next) => {
    if (c.req.param('deliveryId').length <= LONGEST_DELIVERY_ID) return next();
    throw new Problem('DELIVERY_NOT_FOUND', { detail: 'No delivery can have this id.' });
  },
);

/** The environment would undo it at the next start. */
function refuseConfigured({ webhook, standing }: WebhookView): void {
  if (webhook.source === 'environment' && standing.enabled)
    throw new Problem('WEBHOOK_CONFIGURED', {
      detail:
        'WEBHOOK_URL made this webhook. Change it in the environment; here it can only be enabled and disabled.',
    });
}

export function webhookRoutes(webhooks: Webhooks) {
  return new Hono<AppEnv>()
    .get(
      '/',
      described(
        {
          id: 'listWebhooks',
          tag: 'webhooks',
          summary: 'List webhooks',
          answers: { 200: told(webhookPage, 'One page, in the order of their making.') },
          problems: ['STORE_UNAVAILABLE'],
        },
        query(pageQuery),
      ),
      async (c) => {
        const { limit = 50, cursor } = c.req.valid('query');
        const all = await webhooks.list();
        const start = cursor === undefined ? 0 : all.findIndex(({ webhook }) => webhook.id === cursor) + 1;
        if (cursor !== undefined && start === 0)
          throw new Problem('INVALID_INPUT', {
            detail: '"cursor" must be the nextCursor of the page before.',
            errors: [{ path: 'cursor', message: 'must be the nextCursor of the page before' }],
          });
        const page = all.slice(start, start + limit);
        const isMore = all.length > start + limit;
        return c.json({
          items: page.map(webhookJson),
          nextCursor: isMore ? (page.at(-1)?.webhook.id ?? null) : null,
        });
      },
    )
    .post(
      '/',
      described(
        {
          id: 'createWebhook',
          tag: 'webhooks',
          summary: 'Create a webhook',
          description:
            'A subscription to what happens from now on. Deliveries are signed with its secret, which only this answer has.',
          answers: { 201: withSecret },
          problems: ['WEBHOOK_LIMIT', 'STORE_UNAVAILABLE'],
        },
        noQuery,
      ),
      body(createBody),
      async (c) => {
        const { secret, ...settings } = c.req.valid('json');
        const view = await webhooks.create(settings, secret === undefined ? undefined : [secret]);
        return c.json(webhookWithSecretJson(view), 201);
      },
    )
    .use('/:id/*', webhookId)
    .get(
      '/:id',
      described(
        {
          id: 'getWebhook',
          tag: 'webhooks',
          summary: 'Look at a webhook',
          answers: { 200: one },
          problems: ['STORE_UNAVAILABLE'],
        },
        noQuery,
      ),
      async (c) => c.json(webhookJson(await webhooks.get(c.req.param('id')))),
    )
    .patch(
      '/:id',
      described(
        {
          id: 'changeWebhook',
          tag: 'webhooks',
          summary: 'Change, enable or disable a webhook',
          answers: { 200: one },
          problems: ['WEBHOOK_CONFIGURED', 'STORE_UNAVAILABLE'],
        },
        noQuery,
      ),
      body(changeBody),
      async (c) => {
        const id = c.req.param('id');
        const { enabled, ...change } = c.req.valid('json');
        if (Object.keys(change).length > 0) refuseConfigured(await webhooks.get(id));
        const view = await webhooks.update(id, change);
        return c.json(webhookJson(enabled === undefined ? view : await webhooks.setEnabled(id, enabled)));
      },
    )
    .delete(
      '/:id',
      described(
        {
          id: 'removeWebhook',
          tag: 'webhooks',
          summary: 'Remove a webhook with its deliveries',
          answers: { 204: { description: 'It is gone.' } },
          problems: ['WEBHOOK_CONFIGURED', 'STORE_UNAVAILABLE'],
        },
        noQuery,
      ),
      noBody,
      async (c) => {
        refuseConfigured(await webhooks.get(c.req.param('id')));
        await webhooks.remove(c.req.param('id'));
        return c.body(null, 204);
      },
    )
    .post(
      '/:id/rotate-secret',
      described(
        {
          id: 'rotateWebhookSecret',
          tag: 'webhooks',
          summary: 'Sign with a new secret',
          answers: { 200: withSecret },
          problems: ['WEBHOOK_CONFIGURED', 'STORE_UNAVAILABLE'],
        },
        noQuery,
      ),
      body(rotateBody),
      async (c) => {
        const id = c.req.param('id');
        const { overlapHours, secret } = c.req.valid('json');
        refuseConfigured(await webhooks.get(id));
        return c.json(webhookWithSecretJson(await webhooks.rotateSecret(id, overlapHours * HOUR_MS, secret)));
      },
    )
    .post(
      '/:id/ping',
      described(
        {
          id: 'pingWebhook',
          tag: 'webhooks',
          summary: 'Deliver one test event at once',
          answers: { 200: told(pingSchema, 'What became of it.') },
          problems: [],
        },
        noQuery,
      ),
      noBody,
      async (c) => {
        const { status, error, durationMs } = await webhooks.ping(c.req.param('id'));
        const delivered = status !== null && status >= 200 && status < 300;
        return c.json({ delivered, responseStatus: status, error, durationMs });
      },
    )
    .post(
      '/:id/redeliver',
      described(
        {
          id: 'redeliverRange',
          tag: 'webhooks',
          summary: 'Deliver the events of a time again',
          answers: { 202: told(z.object({ count: z.int().min(0) }), 'How many wait now.') },
          problems: ['STORE_UNAVAILABLE'],
        },
        noQuery,
      ),
      body(redeliverBody),
      async (c) => {
        const { from, to = Date.now(), status } = c.req.valid('json');
        const range = { from, to, statuses: status };
        return c.json({ count: await webhooks.redeliverRange(c.req.param('id'), range) }, 202);
      },
    )
    .get(
      '/:id/deliveries',
      described(
        {
          id: 'listDeliveries',
          tag: 'webhooks',
          summary: 'List deliveries',
          answers: { 200: told(deliveryPage, 'One page, newest first.') },
          problems: ['STORE_UNAVAILABLE'],
        },
        query(deliveriesQuery),
      ),
      async (c) => {
        const { items, nextCursor } = await webhooks.deliveries(c.req.param('id'), c.req.valid('query'));
        return c.json({ items: items.map(deliveryJson), nextCursor });
      },
    )
    .use('/:id/deliveries/:deliveryId/*', anyDeliveryId)
    .get(
      '/:id/deliveries/:deliveryId',
      described(
        {
          id: 'getDelivery',
          tag: 'webhooks',
          summary: 'Look at a delivery',
          answers: { 200: told(deliverySchema, 'The delivery.') },
          problems: ['STORE_UNAVAILABLE'],
        },
        noQuery,
      ),
      async (c) => {
        const { id, deliveryId } = c.req.param();
        return c.json(deliveryJson(await webhooks.delivery(id, deliveryId)));
      },
    )
    .post(
      '/:id/deliveries/:deliveryId/redeliver',
      described(
        {
          id: 'redeliver',
          tag: 'webhooks',
          summary: 'Deliver it again, whatever became of it',
          answers: { 202: told(deliverySchema, 'The delivery.') },
          problems: ['STORE_UNAVAILABLE'],
        },
        noQuery,
      ),
      noBody,
      async (c) => {
        const { id, deliveryId } = c.req.param();
        return c.json(deliveryJson(await webhooks.redeliver(id, deliveryId)), 202);
      },
    );
}
