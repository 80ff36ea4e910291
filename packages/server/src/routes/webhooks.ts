/** Webhooks: subscriptions, what became of their deliveries, and sending again. */
import { DELIVERY_STATUSES } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { pageFields, pageQuery } from '../http/field.js';
import { Problem } from '../http/problem.js';
import { body, noBody, noQuery, query } from '../http/validate.js';
import { isWebhookId } from '../webhooks/webhook-id.js';
import type { Webhooks, WebhookView } from '../webhooks/webhooks.js';
import { changeBody, createBody, redeliverBody, rotateBody } from './webhook-body.js';
import { deliveryJson, webhookJson, webhookWithSecretJson } from './webhook-json.js';

const deliveriesQuery = z.strictObject({
  ...pageFields,
  /** One or more, separated by commas. */
  status: z
    .string()
    .max(200)
    .transform((value) => value.split(','))
    .pipe(z.array(z.enum(DELIVERY_STATUSES)))
    .exactOptional(),
});

const HOUR_MS = 3_600_000;
const LONGEST_DELIVERY_ID = 64;

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
    .get('/', query(pageQuery), async (c) => {
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
    })
    .post('/', noQuery, body(createBody), async (c) => {
      const { secret, ...settings } = c.req.valid('json');
      const view = await webhooks.create(settings, secret === undefined ? undefined : [secret]);
      return c.json(webhookWithSecretJson(view), 201);
    })
    .use('/:id/*', async (c, next) => {
      if (isWebhookId(c.req.param('id'))) return next();
      throw new Problem('WEBHOOK_NOT_FOUND', { detail: 'No webhook can have this id.' });
    })
    .get('/:id', noQuery, async (c) => c.json(webhookJson(await webhooks.get(c.req.param('id')))))
    .patch('/:id', noQuery, body(changeBody), async (c) => {
      const id = c.req.param('id');
      const { enabled, ...change } = c.req.valid('json');
      if (Object.keys(change).length > 0) refuseConfigured(await webhooks.get(id));
      const view = await webhooks.update(id, change);
      return c.json(webhookJson(enabled === undefined ? view : await webhooks.setEnabled(id, enabled)));
    })
    .delete('/:id', noQuery, noBody, async (c) => {
      refuseConfigured(await webhooks.get(c.req.param('id')));
      await webhooks.remove(c.req.param('id'));
      return c.body(null, 204);
    })
    .post('/:id/rotate-secret', noQuery, body(rotateBody), async (c) => {
      const id = c.req.param('id');
      const { overlapHours, secret } = c.req.valid('json');
      refuseConfigured(await webhooks.get(id));
      return c.json(webhookWithSecretJson(await webhooks.rotateSecret(id, overlapHours * HOUR_MS, secret)));
    })
    .post('/:id/ping', noQuery, noBody, async (c) => {
      const { status, error, durationMs } = await webhooks.ping(c.req.param('id'));
      const delivered = status !== null && status >= 200 && status < 300;
      return c.json({ delivered, responseStatus: status, error, durationMs });
    })
    .post('/:id/redeliver', noQuery, body(redeliverBody), async (c) => {
      const { from, to = Date.now(), status } = c.req.valid('json');
      const range = { from, to, statuses: status };
      return c.json({ count: await webhooks.redeliverRange(c.req.param('id'), range) }, 202);
    })
    .get('/:id/deliveries', query(deliveriesQuery), async (c) => {
      const { items, nextCursor } = await webhooks.deliveries(c.req.param('id'), c.req.valid('query'));
      return c.json({ items: items.map(deliveryJson), nextCursor });
    })
    .use('/:id/deliveries/:deliveryId/*', async (c, next) => {
      if (c.req.param('deliveryId').length <= LONGEST_DELIVERY_ID) return next();
      throw new Problem('DELIVERY_NOT_FOUND', { detail: 'No delivery can have this id.' });
    })
    .get('/:id/deliveries/:deliveryId', noQuery, async (c) => {
      const { id, deliveryId } = c.req.param();
      return c.json(deliveryJson(await webhooks.delivery(id, deliveryId)));
    })
    .post('/:id/deliveries/:deliveryId/redeliver', noQuery, noBody, async (c) => {
      const { id, deliveryId } = c.req.param();
      return c.json(deliveryJson(await webhooks.redeliver(id, deliveryId)), 202);
    });
}
