/** The API description: OpenAPI 3.1 out of the schemas that check requests, and of those that answers keep to. */
import { readFileSync } from 'node:fs';
import type { Hono } from 'hono';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { type Answer, FORM_TYPE, JSON_TYPE, type Tag } from '../http/described.js';
import { PAGE_CANNOT, PROBLEM_TYPE, type ProblemCode, problemSchema, problems } from '../http/problem.js';
import { eventSchema } from '../routes/event-schema.js';
import { type DescribedRoute, walkRoutes } from './route-walk.js';

const TAGS: Readonly<Record<Tag, string>> = {
  instances: 'Account sessions: create, look, change, remove, and the four verbs of their lifecycle.',
  pairing: 'What a person needs to link a phone.',
  messages: 'Sending, reactions, marking as read, and the files of messages.',
  queue: 'What waits to be sent, and what became of it.',
  directory: 'What an account can look up: numbers and chats.',
  events: 'What happens, as it happens.',
  webhooks: 'Subscriptions, what became of their deliveries, and delivering again.',
  operations: 'For probes, scrapers and people who look for the documentation.',
};

const INTRODUCTION = `Fleets of WhatsApp Web sessions over HTTP.

Once the server has API keys every route but the probes and this description asks for one, as \`X-Api-Key\` or
\`Authorization: Bearer\`. Without keys it answers programs on its own machine alone (403 otherwise).

Failures are problems after RFC 9457 with a \`code\` for programs; a send is answered with a receipt whatever becomes of it.
Every answer has an \`X-Request-Id\`, which may be the caller's own. HEAD is answered wherever GET is. Another method is 405
\`METHOD_NOT_ALLOWED\` with \`Allow\`, another address 404 \`ROUTE_NOT_FOUND\`, a fault of the server 500 \`INTERNAL_ERROR\`, and
whatever needs a store that is lost to the server 503 \`STORE_LOCKED\` until the process ends, which is soon.
Times are ISO 8601 in UTC. Lists have pages: \`cursor\` is the \`nextCursor\` of the page before.`;

/** \`/v1/instances/:id\` as OpenAPI writes it. */
export const openApiPath = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

const groupedBy = <K, T>(items: readonly T[], key: (item: T) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
};

const RETRY_AFTER = z.string().regex(/^\d+$/).meta({ description: 'Seconds.' }).exactOptional();

function answered({ description, content, headers }: Answer): ZodOpenApiResponseObject {
  const media = Object.entries(content ?? {}).map(([type, schema]) => [type, schema ? { schema } : {}]);
  return {
    description,
    ...(content ? { content: Object.fromEntries(media) } : {}),
    ...(headers ? { headers: z.object(headers) } : {}),
  };
}

/** One answer for all the problems with one status. */
function refused(status: number, codes: readonly ProblemCode[]): ZodOpenApiResponseObject {
  const narrowed = { properties: { status: { const: status }, code: { enum: [...codes] } } };
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
    content: {
      [PROBLEM_TYPE]: { schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, narrowed] } },
    },
    ...(status === 429 || status === 503 ? { headers: z.object({ 'Retry-After': RETRY_AFTER }) } : {}),
  };
}

/** A status may stand for a receipt as well as for a problem. */
const merged = (a: ZodOpenApiResponseObject, b: ZodOpenApiResponseObject): ZodOpenApiResponseObject => ({
  ...b,
  ...a,
  description: `${a.description} ${b.description}`,
  content: { ...a.content, ...b.content },
});

function responsesOf({
  operation,
  problems: codes,
}: DescribedRoute): Record<string, ZodOpenApiResponseObject> {
  const responses: Record<string, ZodOpenApiResponseObject> = {};
  for (const [status, answer] of Object.entries(operation.answers)) responses[status] = answered(answer);
  const refusals: { code: ProblemCode; status: number }[] = codes.map((code) => ({
    code,
    status: problems[code].status,
  }));
  if (operation.needs) refusals.push({ code: 'NOT_SUPPORTED', status: PAGE_CANNOT });
  for (const [status, ofStatus] of groupedBy(refusals, (each) => each.status)) {
    const group = ofStatus.map(({ code }) => code);
    const other = responses[status];
    responses[status] = other ? merged(other, refused(status, group)) : refused(status, group);
  }
  return responses;
}

const isEmpty = (record: object): boolean => Object.keys(record).length === 0;

function operationOf(route: DescribedRoute): ZodOpenApiOperationObject {
  const { operation, query, body, form, params, isLocked } = route;
  const takesNothing = !body || (body instanceof z.ZodObject && isEmpty(body.shape));
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description ? { description: operation.description } : {}),
    ...(isLocked ? {} : { security: [] }),
    requestParams: {
      ...(isEmpty(params) ? {} : { path: z.object(params) }),
      ...(query && !isEmpty(query.shape) ? { query } : {}),
      ...(operation.headers ? { header: z.object(operation.headers) } : {}),
    },
    ...(takesNothing
      ? {}
      : {
          requestBody: {
            required: !body.safeParse({}).success,
            content: { [JSON_TYPE]: { schema: body }, ...(form ? { [FORM_TYPE]: { schema: form } } : {}) },
          },
        }),
    responses: responsesOf(route),
  };
}

/** What a subscriber is sent. */
const delivery: ZodOpenApiOperationObject = {
  operationId: 'receiveEvent',
  tags: ['webhooks'],
  summary: 'An event, delivered to a webhook',
  description: 'Signed as Standard Webhooks 1.0.0 say. The same `webhook-id` may come more than once.',
  security: [],
  requestParams: {
    header: z.object({
      'webhook-id': z.string(),
      'webhook-timestamp': z.string(),
      'webhook-signature': z.string(),
    }),
  },
  requestBody: { required: true, content: { [JSON_TYPE]: { schema: eventSchema } } },
  responses: {
    '2XX': { description: 'Received.' },
    410: { description: 'Ends the subscription.' },
    default: { description: 'Not received: it is delivered again later.' },
  },
};

/** What zod says more than a reader needs: that answers have no other fields, and that integers are safe ones. */
function tidied(schema: Record<string, unknown>, io: 'input' | 'output'): void {
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}

const versionOf = (): string => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
};

/** The description of an app that has all its routes. Routes that say nothing of themselves are not in it. */
export function describeApp(app: Pick<Hono, 'routes'>): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {};
  const { routes } = walkRoutes(app);
  for (const route of routes) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  const used = new Set(routes.map(({ operation }) => operation.tag));
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'wakeeper',
        version: versionOf(),
        description: INTRODUCTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      // Relative to this document, wherever the app is mounted.
      servers: [{ url: '.' }],
      security: [{ apiKey: [] }, { bearer: [] }],
      tags: Object.entries(TAGS)
        .filter(([name]) => used.has(name as Tag))
        .map(([name, description]) => ({ name, description })),
      paths,
      webhooks: { event: { post: delivery } },
      components: {
        schemas: { Problem: problemSchema, Event: eventSchema },
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
          bearer: { type: 'http', scheme: 'bearer' },
        },
      },
    },
    { override: ({ jsonSchema, io }) => tidied(jsonSchema, io) },
  );
}
