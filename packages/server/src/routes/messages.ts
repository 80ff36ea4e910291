/** Sending: every valid body to an existing instance is answered with a receipt. */
import type { InstanceManager, ItemContent, Metadata, Receipt, SendOptions } from '@wakeeper/lifecycle';
import { type Context, Hono } from 'hono';
import type { AppEnv } from '../http/app-env.js';
import { waitQuery } from '../http/field.js';
import { Problem, receiptStatus, retryAfter } from '../http/problem.js';
import { body, query } from '../http/validate.js';
import { messageBody, pollBody } from './message-body.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** The key of the header or of the body. @throws Problem INVALID_INPUT when they differ or the header is no key */
function idempotencyKey(c: Context<AppEnv>, field: string | undefined): string | undefined {
  const header = c.req.header('idempotency-key');
  if (header === undefined) return field;
  const wrong = !IDEMPOTENCY_KEY.test(header)
    ? 'must be 1 to 255 visible ASCII characters'
    : field !== undefined && field !== header
      ? 'differs from idempotencyKey in the body'
      : null;
  if (wrong === null) return header;
  throw new Problem('INVALID_INPUT', {
    detail: `Idempotency-Key ${wrong}.`,
    errors: [{ path: 'Idempotency-Key', message: wrong }],
  });
}

interface SendFields {
  readonly metadata: Metadata | undefined;
  readonly ttlMs: number | undefined;
  readonly idempotencyKey: string | undefined;
}

function sendOptions(c: Context<AppEnv>, fields: SendFields, wait: number | undefined): SendOptions {
  const key = idempotencyKey(c, fields.idempotencyKey);
  return {
    ...(fields.metadata === undefined ? {} : { metadata: fields.metadata }),
    ...(fields.ttlMs === undefined ? {} : { ttlMs: fields.ttlMs }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(wait === undefined ? {} : { waitMs: wait * 1000 }),
  };
}

export function messageRoutes(manager: InstanceManager) {
  const answer = async (c: Context<AppEnv>, id: string, content: ItemContent, options: SendOptions) => {
    const receipt: Receipt = await manager.send(id, content, options);
    return c.json(
      receipt,
      receiptStatus(receipt),
      receipt.errorCode === 'QUEUE_FULL' ? retryAfter(manager.retryAfterMs(id)) : {},
    );
  };

  return new Hono<AppEnv>()
    .post('/:id/messages', query(waitQuery), body(messageBody), (c) => {
      const { metadata, ttlMs, idempotencyKey, ...payload } = c.req.valid('json');
      const options = sendOptions(c, { metadata, ttlMs, idempotencyKey }, c.req.valid('query').wait);
      return answer(c, c.req.param('id'), { type: 'message', payload }, options);
    })
    .post('/:id/polls', query(waitQuery), body(pollBody), (c) => {
      const { metadata, ttlMs, idempotencyKey, ...payload } = c.req.valid('json');
      const options = sendOptions(c, { metadata, ttlMs, idempotencyKey }, c.req.valid('query').wait);
      return answer(c, c.req.param('id'), { type: 'poll', payload }, options);
    });
}
