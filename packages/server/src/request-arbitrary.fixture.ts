/** Requests to a route: those that must pass, and those that must be refused for exactly one reason. */
import fc from 'fast-check';
import { type Fields, ID } from './field-arbitrary.fixture.js';

export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FuzzedRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `:id`, `:queueId`, `:deliveryId`, `:messageId` and `:chatId` in it. */
  readonly path: string;
  /** The bodies that it takes, one of them at a time; none for routes that take none. */
  readonly bodies: readonly Fields[];
  /** Query strings that it takes. */
  readonly queries: readonly string[];
}

export const KEY = 'the-right-key';
const JSON_HEADERS = { 'content-type': 'application/json', 'x-api-key': KEY };

const goodBody = (fields: Fields): fc.Arbitrary<object> =>
  fc.record(Object.fromEntries(Object.entries(fields).map(([name, { good }]) => [name, good])), {
    requiredKeys: Object.entries(fields)
      .filter(([, { isRequired }]) => isRequired)
      .map(([name]) => name),
  });

const anyOf = <T>(items: readonly T[], nothing: T): fc.Arbitrary<T> =>
  items.length > 0 ? fc.constantFrom(...items) : fc.constant(nothing);
const withBody = (body: object, isGet: boolean): { readonly body?: string } =>
  isGet ? {} : { body: JSON.stringify(body) };

const target = ({ path }: FuzzedRoute, instanceId: string, queueId = 'some-item'): string =>
  path
    .replace(':id', instanceId)
    .replace(':queueId', queueId)
    .replace(':messageId', 'false_4915123456789@c.us_3EB0ABCDEF')
    .replace(':chatId', '4915123456789@c.us')
    .replace(':deliveryId', () => `${instanceId}_1`);

/** Requests that keep every rule. */
export const valid = (route: FuzzedRoute, instanceId: string): fc.Arbitrary<FuzzedRequest> =>
  anyOf(route.bodies, {}).chain((fields) =>
    fc.record({ body: goodBody(fields), query: anyOf(route.queries, '') }).map(({ body, query }) => ({
      method: route.method,
      path: target(route, instanceId) + query,
      headers: JSON_HEADERS,
      ...withBody(body, route.method === 'GET'),
    })),
  );

const MEGABYTE = 'x'.repeat(1_000_000);
const badPathIds = fc.oneof(
  fc.constantFrom(
    '..',
    '%2e%2e',
    '..%2F..%2Fetc',
    '%00',
    '%',
    '%E0%A4%A',
    'caf%C3%A9',
    'a b',
    'a.b',
    "'--",
    '<script>',
    'a'.repeat(65),
    MEGABYTE,
  ),
  fc
    .string({ unit: 'binary', minLength: 1 })
    .filter((value) => !ID.test(value))
    .map((value) => encodeURIComponent(value.replace(/\p{Surrogate}/gu, '�'))),
);
const badQueries = fc.constantFrom(
  '?unknown=1',
  '?wait=soon',
  '?wait=-1',
  '?wait=99999',
  '?limit=0',
  '?limit=x',
  '?cursor=',
  '?wait=1&wait=2',
  `?x=${'y'.repeat(10_000)}`,
  '?%00=1',
  '?state=asleep',
  '?since=soon',
  '?type=message',
  '?follow=yes',
);
const badKeys = fc.constantFrom<Record<string, string>[]>(
  {},
  { 'x-api-key': 'wrong' },
  { 'x-api-key': `${KEY}x` },
  { authorization: `Basic ${KEY}` },
  { authorization: 'Bearer' },
);
const badTypes = fc.constantFrom(
  'text/plain',
  'application/xml',
  'multipart/form-data; boundary=b',
  'application/x-www-form-urlencoded',
  'json',
);
const badMethods = fc.constantFrom('PUT', 'OPTIONS', 'PROPFIND', 'BREW');
const noObjects = fc.constantFrom(
  'null',
  '[]',
  '"text"',
  '7',
  'true',
  '[{}]',
  `"${MEGABYTE}"`,
  '['.repeat(100_000),
  `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
);

/** Bodies that break one rule. */
const badBody = (fields: Fields): fc.Arbitrary<string> => {
  const names = Object.keys(fields);
  const needed = names.filter((name) => fields[name]?.isRequired);
  const good = goodBody(fields);
  const oneWrong = (name: string) =>
    fc
      .tuple(good, fields[name]?.bad ?? fc.constant(null))
      .map(([body, value]) => JSON.stringify({ ...body, [name]: value }));
  const oneMissing = (name: string) => good.map((body) => JSON.stringify({ ...body, [name]: undefined }));
  const unknown = fc.tuple(
    good,
    fc.string({ unit: 'binary' }).filter((name) => !Object.hasOwn(fields, name)),
    fc.jsonValue(),
  );
  return fc.oneof(
    ...names.map(oneWrong),
    ...needed.map(oneMissing),
    // Written by hand: `{ ['__proto__']: … }` of a literal would be lost before it is sent.
    unknown.map(([body, name, value]) =>
      JSON.stringify(body).replace(
        /^\{/,
        `{${JSON.stringify(name)}:${JSON.stringify(value)}${Object.keys(body).length > 0 ? ',' : ''}`,
      ),
    ),
    good.map((body) => JSON.stringify(body).slice(0, -1)),
    good.map((body) => `${JSON.stringify(body)},`),
    noObjects,
  );
};

/** Requests that must be refused. */
export function hostile(route: FuzzedRoute, instanceId: string): fc.Arbitrary<FuzzedRequest> {
  const fine = valid(route, instanceId);
  const path = target(route, instanceId);
  const refused: fc.Arbitrary<FuzzedRequest>[] = [
    fc.tuple(fine, badKeys).map(([request, headers]) => ({
      ...request,
      headers: { 'content-type': 'application/json', ...headers },
    })),
    fc.tuple(fine, badQueries).map(([request, query]) => ({ ...request, path: path + query })),
    // A body with GET cannot be made by fetch; the methods here are no route's.
    badMethods.map((method) => ({ method, path, headers: JSON_HEADERS })),
  ];
  if (route.path.includes(':id'))
    refused.push(
      fc.tuple(fine, badPathIds).map(([request, bad]) => ({ ...request, path: target(route, bad) })),
    );
  if (route.method !== 'GET') {
    const text = anyOf(route.bodies, {}).chain(badBody);
    const written = text.map((body) => ({ method: route.method, path, body, headers: JSON_HEADERS }));
    refused.push(written, written, written);
    refused.push(
      fc
        .tuple(fine, badTypes)
        .map(([request, type]) => ({ ...request, headers: { ...request.headers, 'content-type': type } })),
    );
  }
  return fc.oneof(...refused);
}
