/** Requests out of the API description, to a server that runs: each answer must be in time, in the description, and no 5xx. */
import fc from 'fast-check';
import { DescribedApi, type DescribedOperation, type Document } from './described-api.js';
import { formDataOf, readForm } from './form.js';
import { kindOf, type Pool } from './pool.js';
import { type Aim, type FuzzRequest, requestTo } from './request-arbitrary.js';

export interface FuzzOptions extends Aim {
  readonly url: string;
  readonly seed: number;
  readonly requests: number;
  /** An answer that takes longer is a hang. */
  readonly deadlineMs: number;
}

export interface FuzzReport {
  readonly seed: number;
  readonly requests: number;
  /** How many requests went to each route, by its name. */
  readonly routes: Readonly<Record<string, number>>;
  /** How often each status came, by route. */
  readonly statuses: Readonly<Record<string, Readonly<Record<number, number>>>>;
  /** Each with the request that shows it. */
  readonly faults: readonly string[];
}

interface Outcome {
  readonly status: number | null;
  readonly fault: string | null;
  readonly json: unknown;
}

const nameOf = ({ method, path }: DescribedOperation): string => `${method} ${path}`;

/** Streams have no end: their head is what is looked at. */
const isStream = (request: FuzzRequest, contentType: string): boolean =>
  contentType.startsWith('text/event-stream') || /[?&]follow=true/.test(request.path);
const isText = (contentType: string): boolean => /json|^text\//.test(contentType);

const parsed = (text: string | undefined): unknown => {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The caller's own `wait` is over, or it reads in too many places: no fault of the server. */
const isOwnLimit = ({ path }: FuzzRequest, json: unknown): boolean =>
  isRecord(json) && (json.code === 'TOO_MANY_READERS' || (json.code === 'TIMEOUT' && /[?&]wait=/.test(path)));

/** A body that breaks its schema must not be taken. */
function wronglyTaken(
  api: DescribedApi,
  operation: DescribedOperation,
  request: FuzzRequest,
  status: number,
) {
  const { body, form } = request;
  const schema = form ? api.formOf(operation) : api.bodyOf(operation);
  if (!schema || status >= 300 || !(body || form)) return null;
  const fault = api.faultOf(schema, form ? readForm(api, schema, form) : parsed(body));
  return fault && `${nameOf(operation)} takes a body that is against the description: ${fault}`;
}

/** A guard refuses the second. */
const INSIDE: ReadonlySet<string> = new Set(['127.0.0.1', '10.0.0.1']);
/** Hosts that the server could connect to. */
const placesIn = ({ body = '' }: FuzzRequest): string[] =>
  [...body.matchAll(/"url":"https?:\/\/([^/":]*)/g)].map(([, host = '']) => host);

async function ask(
  { url, deadlineMs }: FuzzOptions,
  api: DescribedApi,
  operation: DescribedOperation,
  request: FuzzRequest,
): Promise<Outcome> {
  const { method, headers, form } = request;
  const body = form ? formDataOf(form) : request.body;
  const far = placesIn(request).find((host) => !INSIDE.has(host));
  if (far !== undefined)
    throw new Error(`The fuzzer leads the server to ${far}: it may not leave this machine.`);
  try {
    const response = await fetch(url + request.path, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(deadlineMs),
      ...(body === undefined ? {} : { body }),
    });
    const { status } = response;
    const contentType = response.headers.get('content-type') ?? '';
    let text: string | undefined;
    if (isStream(request, contentType) && status < 300) await response.body?.cancel();
    else if (isText(contentType)) text = await response.text();
    else await response.arrayBuffer();
    const fault =
      (status >= 500 && !isOwnLimit(request, parsed(text))
        ? `${nameOf(operation)} answers ${status}: ${text?.slice(0, 300) ?? ''}`
        : null) ??
      api.undescribed(operation, { status, contentType, text }) ??
      wronglyTaken(api, operation, request, status);
    return { status, fault, json: parsed(text) };
  } catch (error) {
    const why =
      error instanceof Error && error.name === 'TimeoutError'
        ? `no answer in ${deadlineMs} ms`
        : String(error);
    return { status: null, fault: `${nameOf(operation)}: ${why}`, json: undefined };
  }
}

/** What is named beside its owner, by the path of its list. */
const OWNED = [
  [/deliveries/, 'deliveryId'],
  [/queue/, 'queueId'],
  [/chats/, 'chatId'],
] as const;

/** Remembers what an answer names, under the names that paths and queries have for it. */
function learn(pool: Pool, { path }: DescribedOperation, request: FuzzRequest, json: unknown): void {
  if (!isRecord(json)) return;
  const add = (parameter: string, name: unknown) => pool.add(kindOf(path, parameter), name);
  const owner = request.path.split(/[/?]/)[3];
  const addOwned = (parameter: string, name: unknown) => {
    if (typeof name === 'string') add(`owned ${parameter}`, `${owner}/${name}`);
  };
  addOwned('queueId', json.queueId);
  addOwned('messageId', json.messageId);
  add('token', json.token);
  add('cursor', json.nextCursor);
  const inner = OWNED.find(([pattern]) => pattern.test(path))?.[1];
  for (const item of Array.isArray(json.items) ? json.items.slice(0, 5) : [json])
    if (isRecord(item) && inner) addOwned(inner, item.id);
    else if (isRecord(item)) add('id', item.id);
}

/** A request as one can send it again by hand, shortened. */
const shown = ({ method, path, headers, body, form }: FuzzRequest): string =>
  `${method} ${path.slice(0, 200)} ${JSON.stringify(headers)} ${(body ?? JSON.stringify(form) ?? '').slice(0, 500)}`;

/** Routes take turns, so that each has its share. The same seed makes the same requests, as far as the answers are the same. */
export async function fuzz(document: Document, options: FuzzOptions): Promise<FuzzReport> {
  const api = new DescribedApi(document);
  const aims = api.operations.map((operation) => ({
    operation,
    arbitrary: requestTo(api, options, operation),
  }));
  const routes: Record<string, number> = {};
  const statuses: Record<string, Record<number, number>> = {};
  const faults: string[] = [];
  for (let n = 0; n < options.requests; n++) {
    const aim = aims[n % aims.length];
    if (!aim) break;
    const { operation, arbitrary } = aim;
    const [request] = fc.sample(arbitrary, { seed: options.seed + n, numRuns: 1 });
    if (!request) break;
    const { status, fault, json } = await ask(options, api, operation, request);
    const name = nameOf(operation);
    routes[name] = (routes[name] ?? 0) + 1;
    if (status !== null) {
      statuses[name] ??= {};
      statuses[name][status] = (statuses[name][status] ?? 0) + 1;
      if (status < 300) learn(options.pool, operation, request, json);
    }
    if (fault) faults.push(`${fault}\n    ${shown(request)}`);
  }
  return { seed: options.seed, requests: options.requests, routes, statuses, faults };
}
