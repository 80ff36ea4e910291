/** The stream of facts as server-sent events, and tokens with which browsers open it. */
import { isInstanceId } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { z } from 'zod';
import type { EventTokens } from '../events/event-token.js';
import type { Events } from '../events/events.js';
import { time } from '../http/answer-field.js';
import type { AppEnv } from '../http/app-env.js';
import { described, told } from '../http/described.js';
import { instanceId, listOf, shownAs } from '../http/field.js';
import { Problem } from '../http/problem.js';
import { iso } from '../http/time.js';
import { body, noQuery, query } from '../http/validate.js';
import { EVENT_PATTERNS, EVENT_RULE, isEventPattern } from '../webhooks/event-pattern.js';
import { disconnectOf, EVENT_STREAM, streamHeaders, token } from './event-stream.js';

const LONGEST_LIST = 4096;
const wordsOf = (isOne: (word: string) => boolean, rule: string) =>
  z
    .string()
    .min(1)
    .max(LONGEST_LIST)
    .transform((value) => value.split(','))
    .refine((words) => words.every(isOne), `must be ${rule}; several are separated by commas`);

const eventNumber = z
  .string()
  .regex(/^\d{1,15}$/, 'must be the number of an event')
  .transform(Number);

const eventsQuery = z.strictObject({
  type: wordsOf(isEventPattern, EVENT_RULE)
    .exactOptional()
    .meta(
      listOf(
        { type: 'string', enum: EVENT_PATTERNS },
        'Only these types; `noun.*` stands for all of a noun.',
      ),
    ),
  instance: wordsOf(isInstanceId, 'the id of an instance')
    .exactOptional()
    .meta(listOf({ type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' }, 'Only these instances.')),
  since: eventNumber
    .meta(
      shownAs({
        type: 'integer',
        minimum: 0,
        maximum: 999_999_999_999_999,
        description: 'After the event of this number (`data.seq`); by default from now on.',
      }),
    )
    .exactOptional(),
  token: token.exactOptional(),
});

const MAX_TOKEN_S = 3600;
const tokenBody = z.strictObject({
  instance: instanceId
    .nullable()
    .default(null)
    .meta({ description: 'What it opens; null for the events of all instances.' }),
  ttlSeconds: z.int().min(1).max(MAX_TOKEN_S).default(300),
});

const tokenSchema = z
  .object({ token: z.string(), expiresAt: time, instance: z.string().nullable() })
  .meta({ id: 'EventToken' });

/** @throws Problem INVALID_INPUT */
function lastEventId(header: string | undefined): number | null {
  if (header === undefined || header === '') return null;
  const { data } = eventNumber.safeParse(header);
  if (data !== undefined) return data;
  const message = 'must be the id of the last event that was received';
  throw new Problem('INVALID_INPUT', {
    detail: `Last-Event-ID: ${message}`,
    errors: [{ path: 'Last-Event-ID', message }],
  });
}

export function eventRoutes(events: Events, tokens: EventTokens) {
  return new Hono<AppEnv>()
    .get(
      '/',
      described(
        {
          id: 'readEvents',
          tag: 'events',
          summary: 'Read what happens, as server-sent events',
          description:
            'Every event has a number as its `id`; whoever comes back with the last one misses nothing. What is not kept any more is told as a `gap`.',
          headers: streamHeaders,
          answers: {
            200: {
              description: 'A stream without an end; the `data` of each event is an `Event`.',
              content: { 'text/event-stream': z.string() },
            },
          },
          problems: ['TOO_MANY_READERS', 'SHUTTING_DOWN'],
        },
        query(eventsQuery),
      ),
      (c) => {
        const { type = ['*'], instance = null, since = null } = c.req.valid('query');
        // A browser that comes back asks for the same address, and says in the header how far it got.
        const after = lastEventId(c.req.header('last-event-id')) ?? since;
        if (c.req.method === 'HEAD') return c.body(null, 200, EVENT_STREAM);
        const filter = { events: type, instances: instance };
        return c.body(events.read(filter, after, disconnectOf(c)), 200, EVENT_STREAM);
      },
    )
    .post(
      '/tokens',
      described(
        {
          id: 'createEventToken',
          tag: 'events',
          summary: 'Make a short-lived token for a browser, whose EventSource sends no headers',
          answers: { 201: told(tokenSchema, 'The token.') },
        },
        noQuery,
      ),
      body(tokenBody),
      (c) => {
        const { instance, ttlSeconds } = c.req.valid('json');
        const expiresAt = events.clock.now() + ttlSeconds * 1000;
        return c.json(
          { token: tokens.issue({ instance }, expiresAt), expiresAt: iso(expiresAt), instance },
          201,
        );
      },
    );
}
