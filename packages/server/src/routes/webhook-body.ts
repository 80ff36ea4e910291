/** What a request may say of a webhook. */
import { z } from 'zod';
import { instanceId, text } from '../http/field.js';
import { EVENT_PATTERNS, EVENT_RULE, isEventPattern } from '../webhooks/event-pattern.js';
import { isSecret, SECRET_RULE } from '../webhooks/signature.js';

const DAY_S = 86_400;
const WEEK_H = 168;
const MOST_INSTANCES = 1000;
const MOST_HEADERS = 20;

/** Ours, or those of the connection. */
const RESERVED =
  /^(webhook-.*|content-(type|length|encoding)|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|proxy-.*)$/i;

/** Nobody's. */
const EXAMPLE_SECRET = `whsec_${'A'.repeat(43)}=`;

const distinct = (values: readonly string[]): boolean => new Set(values).size === values.length;

const headers = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, 'must be the name of a header')
      .refine((name) => !RESERVED.test(name), 'must be a header of your own, and this one is not'),
    z.string().regex(/^[\x20-\x7e]{0,2048}$/, 'must be printable ASCII, 2048 characters at most'),
  )
  .refine((value) => Object.keys(value).length <= MOST_HEADERS, `must be at most ${MOST_HEADERS} headers`)
  .refine((value) => distinct(Object.keys(value).map((name) => name.toLowerCase())), 'must be distinct');

export const retries = z
  .strictObject({
    policy: z.enum(['constant', 'linear', 'exponential']),
    delaySeconds: z.number().min(1).max(DAY_S),
    attempts: z.int().min(0).max(50),
  })
  .nullable();

const settings = {
  url: z
    .string()
    .min(1)
    .max(2048)
    .meta({ description: 'https, to a public address.', examples: ['https://example.org/whatsapp'] }),
  description: text(0, 256),
  events: z
    .array(z.string().refine(isEventPattern, `must be ${EVENT_RULE}`).meta({ enum: EVENT_PATTERNS }))
    .min(1)
    .max(50)
    .refine(distinct, 'must be distinct'),
  instances: z.array(instanceId).min(1).max(MOST_INSTANCES).refine(distinct, 'must be distinct').nullable(),
  headers,
  retries,
};
const secret = z
  .string()
  .refine(isSecret, `must be ${SECRET_RULE}`)
  .meta({
    description: `${SECRET_RULE}; made by the server when it is left out.`,
    examples: [EXAMPLE_SECRET],
  });

export const createBody = z.strictObject({
  url: settings.url,
  description: settings.description.default(''),
  events: settings.events.default(['*']),
  instances: settings.instances.default(null),
  headers: settings.headers.default({}),
  retries: settings.retries.default(null),
  secret: secret.exactOptional(),
});

export const changeBody = z.strictObject({
  url: settings.url.exactOptional(),
  description: settings.description.exactOptional(),
  events: settings.events.exactOptional(),
  instances: settings.instances.exactOptional(),
  headers: settings.headers.exactOptional(),
  retries: settings.retries.exactOptional(),
  enabled: z.boolean().exactOptional(),
});

export const rotateBody = z.strictObject({
  /** How long the secrets before it sign too. */
  overlapHours: z.number().min(0).max(WEEK_H).default(24),
  secret: secret.exactOptional(),
});

const time = z.iso.datetime({ offset: true }).transform((value) => Date.parse(value));

export const redeliverBody = z
  .strictObject({
    from: time,
    to: time.exactOptional(),
    status: z.array(z.enum(['delivered', 'dead'])).default(['dead']),
  })
  .refine(({ from, to }) => to === undefined || from <= to, {
    path: ['to'],
    error: 'must not be before from',
  });
