/** The HTTP API as a test uses it: JSON in, JSON out, every call with a deadline. */
import { eventually } from './eventually.js';

const CALL_DEADLINE_MS = 30_000;

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly ms: number;
}
export interface Instance {
  readonly id: string;
  readonly state: string;
  readonly detail: string;
  readonly reason: string | null;
  readonly retryAt: string | null;
  readonly lastError: { readonly code: string } | null;
  readonly queueDepth: number;
  readonly restarts: { readonly used: number };
  /** By the page's last self-test; null before the first. */
  readonly page: {
    readonly capabilities: Readonly<Record<string, 'ok' | 'doubtful' | 'off'>>;
    readonly missing: Readonly<Record<string, readonly string[]>>;
  } | null;
}

export class Api {
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const begun = performance.now();
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_DEADLINE_MS),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null, ms: performance.now() - begun };
  }

  async instance(id: string): Promise<Instance> {
    return (await this.call<Instance>('GET', `/v1/instances/${id}`)).body;
  }

  /** @throws Error at the deadline, with the instance as it is then */
  untilInstance(id: string, holds: (instance: Instance) => boolean, timeoutMs: number): Promise<Instance> {
    const ask = async () => {
      const instance = await this.instance(id);
      return holds(instance) ? instance : undefined;
    };
    return eventually(ask, timeoutMs, () => this.instance(id));
  }
}
