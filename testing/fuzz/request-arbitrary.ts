/** Requests to a described route: valid ones, ones with one thing wrong, and ones that no client would make. */
import fc from 'fast-check';
import type { DescribedApi, DescribedOperation, Parameter } from './described-api.js';
import { asText, type FormPart, partsOf } from './form.js';
import { KEPT, kindOf, type Pool } from './pool.js';
import { type Known, ODD, someOf, spoiled, valueFor } from './schema-arbitrary.js';

export interface FuzzRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** In place of a body. */
  readonly form?: readonly FormPart[];
}

export interface Aim {
  readonly key: string;
  /** Where webhooks lead, and media come from: nothing may go further than this machine. */
  readonly sink: string;
  readonly pool: Pool;
}

const LONGEST_WAIT_S = 0.05;
/** Node itself refuses heads of more than 16 KiB. */
const LONGEST_IN_HEAD = 3000;
const odd = fc.constantFrom(...ODD).map((value) => asText(value).slice(0, LONGEST_IN_HEAD));
/** Operations after which an instance is not ready any more. */
const ENDING = /^(remove|stop|restart|logout)Instance$/;
/** As a step of a path: an empty one, and dots, would make another path of it. */
const asStep = (value: string): string =>
  /^\.{0,2}$/.test(value) ? 'dots' : encodeURIComponent(value.replace(/\p{Surrogate}/gu, '�'));
/** Headers carry Latin-1 without control characters. */
const asHeader = (value: string): string => value.replace(/[^\x20-\x7e]/g, '?').trim();

/** One in so many is something else. */
const mostly = <T>(usual: fc.Arbitrary<T>, strange: fc.Arbitrary<T>, weight = 9): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: usual, weight }, { arbitrary: strange, weight: 1 });

const joined = (value: unknown): string =>
  Array.isArray(value) ? value.map(String).join(',') : asText(value);

function parameterOf(
  api: DescribedApi,
  aim: Aim,
  path: string,
  { name, schema }: Parameter,
): fc.Arbitrary<string> {
  // A wait that is kept is no hang, and takes time all the same.
  if (name === 'wait')
    return fc.double({ min: 0, max: LONGEST_WAIT_S, noNaN: true }).map((value) => value.toFixed(3));
  const made = valueFor(api, schema, {}).map(joined);
  return fc.nat().chain((n) => {
    const known = aim.pool.pick(kindOf(path, name), n);
    return known === undefined ? made : mostly(fc.constant(known), made, 5);
  });
}

function pathOf(
  api: DescribedApi,
  aim: Aim,
  { operationId, path, parameters = [] }: DescribedOperation,
): fc.Arbitrary<string> {
  const steps = path.split('/').map((step) => {
    const parameter = parameters.find((each) => each.in === 'path' && `{${each.name}}` === step);
    if (!parameter) return fc.constant(step);
    return mostly(parameterOf(api, aim, path, parameter), odd, 19).map((name) =>
      ENDING.test(operationId) && name === KEPT ? 'shop' : asStep(name),
    );
  });
  const made = fc.tuple(...steps).map((parts) => parts.join('/'));
  const inner = /\{id\}.*\{(\w+)\}/.exec(path)?.[1];
  if (!inner) return made;
  // Two names that belong together are never met by chance.
  return fc.nat().chain((n) => {
    const [owner, name] = aim.pool.pick(kindOf(path, `owned ${inner}`), n)?.split('/') ?? [];
    if (!owner || !name) return made;
    const owned = path.replace('{id}', owner).replace(`{${inner}}`, encodeURIComponent(name));
    return mostly(fc.constant(owned), made, 3);
  });
}

function queryOf(
  api: DescribedApi,
  aim: Aim,
  { path, parameters = [] }: DescribedOperation,
): fc.Arbitrary<string> {
  const known = parameters.filter((each) => each.in === 'query');
  const pairs = someOf(
    Object.fromEntries(known.map((each) => [each.name, mostly(parameterOf(api, aim, path, each), odd, 19)])),
    known.filter(({ required }) => required).map(({ name }) => name),
  );
  const strange = fc.constantFrom('unknown=1', 'wait=soon', '%00=%ff', 'limit=1&limit=2', 'x'.repeat(2000));
  return fc.tuple(pairs, mostly(fc.constant(''), strange, 19)).map(([values, more]) => {
    const search = new URLSearchParams(values).toString();
    return [search, more].filter((part) => part !== '').join('&');
  });
}

const requestHeaders = (api: DescribedApi, aim: Aim, { path, parameters = [] }: DescribedOperation) => {
  const known = parameters.filter((each) => each.in === 'header');
  const model = known.map((each) => [
    each.name.toLowerCase(),
    mostly(parameterOf(api, aim, path, each), odd, 19),
  ]);
  return mostly(
    fc.constant({}),
    someOf(Object.fromEntries(model) as Record<string, fc.Arbitrary<string>>, []),
    3,
  ).map((values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, asHeader(value)])),
  );
};

const key = ({ key }: Aim): fc.Arbitrary<Record<string, string>> =>
  mostly(
    fc.constantFrom<Record<string, string>[]>({ 'x-api-key': key }, { authorization: `Bearer ${key}` }),
    fc.constantFrom<Record<string, string>[]>({}, { 'x-api-key': 'wrong' }, { authorization: 'Basic eA==' }),
    29,
  );
const accept = fc.constantFrom(
  '*/*',
  'application/json',
  'image/png',
  'image/svg+xml',
  'text/plain',
  'text/html',
  'text/event-stream',
  'nonsense',
  '',
);
const contentType = mostly(
  fc.constantFrom('application/json', 'application/json; charset=utf-8'),
  fc.constantFrom('text/plain', 'application/xml', 'multipart/form-data; boundary=x', ''),
  19,
);

/** Nobody is asked there: the guard refuses it. */
const PRIVATE = 'https://10.0.0.1/cat.png';

const isSend = ({ path }: DescribedOperation): boolean => path.endsWith('/messages');

function bodyOf(
  api: DescribedApi,
  aim: Aim,
  operation: DescribedOperation,
): fc.Arbitrary<string | undefined> {
  const schema = api.bodyOf(operation);
  const media = fc.constantFrom(`${aim.sink}/cat.png`, `${aim.sink}/refuses`, PRIVATE);
  const hook = fc.constantFrom(`${aim.sink}/hook`, `${aim.sink}/refuses`);
  const known: Known = {
    url: isSend(operation) ? media : hook,
    id: fc.nat().map((n) => aim.pool.pick(kindOf('/v1/instances', 'id'), n) ?? 'new'),
  };
  const value = schema ? valueFor(api, schema, known) : fc.constant({});
  const written = mostly(value, spoiled(value), 2).map((body) => JSON.stringify(body));
  const noJson = fc.constantFrom(
    '',
    '{',
    'null',
    '[]',
    '"text"',
    `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`,
  );
  return mostly(
    operation.requestBody ? written : fc.option(written, { nil: undefined, freq: 2 }),
    noJson,
    19,
  );
}

/** Undefined where JSON is sent: always, where no form is taken. */
function formOf(api: DescribedApi, operation: DescribedOperation): fc.Arbitrary<FormPart[] | undefined> {
  const schema = api.formOf(operation);
  if (!schema) return fc.constant(undefined);
  const value = valueFor(api, schema, {});
  return mostly<FormPart[] | undefined>(
    fc.constant(undefined),
    mostly(value, spoiled(value), 2).map(partsOf),
    2,
  );
}

export function requestTo(
  api: DescribedApi,
  aim: Aim,
  operation: DescribedOperation,
): fc.Arbitrary<FuzzRequest> {
  const { method } = operation;
  return fc
    .record({
      path: pathOf(api, aim, operation),
      query: queryOf(api, aim, operation),
      headers: requestHeaders(api, aim, operation),
      key: key(aim),
      accept,
      contentType,
      body: method === 'GET' ? fc.constant(undefined) : bodyOf(api, aim, operation),
      form: formOf(api, operation),
    })
    .map(({ path, query, headers, key, accept, contentType, body, form }) => ({
      method,
      path: query === '' ? path : `${path}?${query}`,
      headers: {
        ...headers,
        ...key,
        accept,
        ...(form || body === undefined || contentType === '' ? {} : { 'content-type': contentType }),
      },
      ...(form ? { form } : body === undefined ? {} : { body }),
    }));
}
