/** Sending: every valid body to an existing instance is answered with a receipt. */
import type { InstanceManager, ItemContent, Metadata, Receipt, SendOptions } from '@wakeeper/lifecycle';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { type Answer, described, type Operation, told } from '../http/described.js';
import { waitQuery } from '../http/field.js';
import { Problem, receiptStatus, retryAfter } from '../http/problem.js';
import { body, query } from '../http/validate.js';
import type { MediaIntake } from '../media/media-intake.js';
import { type messageBody, pollBody } from './message-body.js';
import { messageOrUpload } from './message-upload.js';
import { receiptSchema } from './receipt-json.js';

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

const refused = (why: string): Answer => told(receiptSchema, `Not accepted: ${why}`);
/** What all sends have in common. */
const sending = {
  tag: 'messages',
  description:
    'Waits for the outcome only while the instance is ready with nothing ahead, and answers `queued` otherwise. A repeat under the same `Idempotency-Key` is answered with the present receipt.',
  headers: {
    'Idempotency-Key': z
      .string()
      .regex(IDEMPOTENCY_KEY)
      .meta({ description: 'The same as `idempotencyKey` in the body. Kept for seven days.' })
      .exactOptional(),
  },
  answers: {
    200: told(receiptSchema, "Sent: WhatsApp's server took it."),
    202: told(receiptSchema, 'Queued: durably accepted.'),
    409: refused('the instance must be paired, is stopped or in error.'),
    422: refused('WhatsApp refuses the recipient or the content, or the item ended unsent.'),
    429: {
      ...refused('the queue is full.'),
      headers: { 'Retry-After': z.string().regex(/^\d+$/).meta({ description: 'Seconds.' }) },
    },
    503: refused(
      "the store cannot be reached, the server is shutting down, or WhatsApp's page cannot send this now (NOT_SUPPORTED).",
    ),
  },
  problems: ['IDEMPOTENCY_MISMATCH'],
} satisfies Omit<Operation, 'id' | 'summary'>;

const message: Operation = {
  ...sending,
  id: 'sendMessage',
  summary: 'Send a message',
  description: `${sending.description} Media come as base64, from a URL, or as the \`file\` of a form.`,
  problems: [...sending.problems, 'MEDIA_OVER_LIMIT', 'MEDIA_URL_REFUSED', 'MEDIA_UNAVAILABLE'],
};

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

type MessageFields = Omit<z.output<typeof messageBody>, 'metadata' | 'ttlMs' | 'idempotencyKey'>;

export function messageRoutes(manager: InstanceManager, media: MediaIntake) {
  const answer = (c: Context<AppEnv>, id: string, receipt: Receipt) =>
    c.json(
      receipt,
      receiptStatus(receipt),
      receipt.errorCode === 'QUEUE_FULL' ? retryAfter(manager.retryAfterMs(id)) : {},
    );
  const send = async (c: Context<AppEnv>, id: string, content: ItemContent, options: SendOptions) =>
    answer(c, id, await manager.send(id, content, options));

  /** Media behind a URL are fetched before the receipt is written: what was accepted can be sent, whatever becomes of the URL. */
  const sendMessage = async (
    c: Context<AppEnv>,
    id: string,
    payload: MessageFields,
    options: SendOptions,
  ) => {
    const { media: given, ...rest } = payload;
    if (!given) return send(c, id, { type: 'message', payload: rest }, options);
    const { url, data, mimetype, ...wishes } = given;
    if (url === undefined) {
      const bytes = { mimetype: mimetype ?? '', data: data ?? '' };
      media.checkSize(bytes.data);
      return send(c, id, { type: 'message', payload: { ...rest, media: { ...bytes, ...wishes } } }, options);
    }
    const requested = { type: 'message', payload };
    const early = await manager.foresee(id, { ...options, requested });
    if (early) return answer(c, id, early);
    const { filename, ...bytes } = await media.fetch(url, mimetype, c.req.raw.signal);
    const fetched = { ...bytes, ...(filename ? { filename } : {}), ...wishes };
    const content: ItemContent = { type: 'message', payload: { ...rest, media: fetched } };
    return send(c, id, content, { ...options, requested });
  };

  /** Before a body is read that may be large. */
  const exists: MiddlewareHandler<AppEnv, '/:id/messages'> = (c, next) => {
    manager.get(c.req.param('id'));
    return next();
  };

  return new Hono<AppEnv>()
    .post('/:id/messages', described(message, query(waitQuery)), exists, messageOrUpload(media), (c) => {
      const { metadata, ttlMs, idempotencyKey, ...payload } = c.req.valid('json');
      const options = sendOptions(c, { metadata, ttlMs, idempotencyKey }, c.req.valid('query').wait);
      return sendMessage(c, c.req.param('id'), payload, options);
    })
    .post(
      '/:id/polls',
      described({ ...sending, id: 'sendPoll', summary: 'Send a poll' }, query(waitQuery)),
      body(pollBody),
      (c) => {
        const { metadata, ttlMs, idempotencyKey, ...payload } = c.req.valid('json');
        const options = sendOptions(c, { metadata, ttlMs, idempotencyKey }, c.req.valid('query').wait);
        return send(c, c.req.param('id'), { type: 'poll', payload }, options);
      },
    );
}
