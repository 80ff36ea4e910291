/** The stream of facts as server-sent events, and tokens with which browsers open it. */
import { isInstanceId } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { z } from 'zod';
import type { EventTokens } from '../events/event-token.js';
import type { Events } from '../events/events.js';
import type { AppEnv } from '../http/app-env.js';
import { Problem } from '../http/problem.js';
import { iso } from '../http/time.js';
import { body, noQuery, query } from '../http/validate.js';
import { EVENT_RULE, isEventPattern } from '../webhooks/event-pattern.js';
import { disconnectOf, EVENT_STREAM } from './event-stream.js';

const LONGEST_LIST = 4096;
const listOf = (isOne: (word: string) => boolean, rule: string) =>
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
  type: listOf(isEventPattern, EVENT_RULE).exactOptional(),
  instance: listOf(isInstanceId, 'the id of an instance').exactOptional(),
  since: eventNumber.exactOptional(),
  token: z.string().max(512).exactOptional(),
});

const MAX_TOKEN_S = 3600;
const tokenBody = z.strictObject({
  instance: z.string().refine(isInstanceId, 'must be the id of an instance').nullable().default(null),
  ttlSeconds: z.int().min(1).max(MAX_TOKEN_S).default(300),
});

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

export function eventRoutes(events: Events, tokens: EventTokens): Hono<AppEnv> {
  return new Hono<AppEnv>()
    .get('/', query(eventsQuery), (c) => {
      const { type = ['*'], instance = null, since = null } = c.req.valid('query');
      // A browser that comes back asks for the same address, and says in the header how far it got.
      const after = lastEventId(c.req.header('last-event-id')) ?? since;
      if (c.req.method === 'HEAD') return c.body(null, 200, EVENT_STREAM);
      const filter = { events: type, instances: instance };
      return c.body(events.read(filter, after, disconnectOf(c)), 200, EVENT_STREAM);
    })
    .post('/tokens', noQuery, body(tokenBody), (c) => {
      const { instance, ttlSeconds } = c.req.valid('json');
      const expiresAt = events.clock.now() + ttlSeconds * 1000;
      return c.json(
        { token: tokens.issue({ instance }, expiresAt), expiresAt: iso(expiresAt), instance },
        201,
      );
    });
}
