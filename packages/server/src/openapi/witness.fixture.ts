/** Hears every answer of a test, holds it against the description, and knows which of the described answers it has seen. */
import {
  DescribedApi,
  type DescribedOperation,
  type Document,
  mediaTypeOf,
} from '../../../../testing/fuzz/described-api.js';
import type { App } from '../app.js';
import { PROBLEM_TYPE } from '../http/problem.js';

export interface Asked {
  readonly path?: Readonly<Record<string, string>>;
  /** With its question mark. */
  readonly query?: string;
  /** A text and a form as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Witness {
  readonly api: DescribedApi;
  /** `getInstance 200 application/json`, `getInstance 404 INSTANCE_NOT_FOUND`. */
  readonly seen = new Set<string>();
  readonly faults: string[] = [];

  constructor(document: Document) {
    this.api = new DescribedApi(document);
  }

  /** Every answer that is described, written as those that were seen. */
  get described(): readonly string[] {
    return this.api.operations.flatMap(({ operationId, responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) => {
        if (!content) return [`${operationId} ${status}`];
        return Object.entries(content).flatMap(([type, { schema }]) => {
          const codes = type === PROBLEM_TYPE ? schema?.allOf?.[1]?.properties?.code?.enum : undefined;
          return (codes ?? [type]).map((word) => `${operationId} ${status} ${String(word)}`);
        });
      }),
    );
  }

  operation(id: string): DescribedOperation {
    const found = this.api.operations.find(({ operationId }) => operationId === id);
    if (!found) throw new Error(`There is no operation ${id}.`);
    return found;
  }

  /** The answer, of which nothing but its text is left. */
  async ask(app: App, id: string, { path = {}, query = '', body, headers = {} }: Asked = {}) {
    const operation = this.operation(id);
    const target = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => path[name] ?? 'nobody');
    const isWritten = typeof body === 'string' || body instanceof FormData;
    const sent = isWritten ? body : JSON.stringify(body);
    const response = await app.request(target + query, {
      method: operation.method,
      headers: {
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    });
    const { status } = response;
    const contentType = response.headers.get('content-type') ?? '';
    const isRead = /json|svg/.test(contentType);
    const text = isRead ? await response.text() : undefined;
    const fault = this.api.undescribed(operation, { status, contentType, text });
    if (fault) this.faults.push(fault);
    const json = contentType.includes('json') ? (JSON.parse(text ?? '') as Record<string, unknown>) : {};
    const type = mediaTypeOf(contentType);
    const known = operation.responses[String(status)]?.content ?? {};
    const told = type in known || !('*/*' in known) ? type : '*/*';
    const word = type === PROBLEM_TYPE ? String(json.code) : told;
    this.seen.add(word === '' ? `${id} ${status}` : `${id} ${status} ${word}`);
    // Of a stream that the server has cut off meanwhile there is nothing left to hang up.
    const hangUp = () => (isRead ? undefined : response.body?.cancel().catch(() => undefined));
    return { status, json, hangUp };
  }
}
