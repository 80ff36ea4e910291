/**
 * Tokens for browsers, whose EventSource sends no headers: one opens the stream of events, or what one instance tells
 * of itself, for a short time, and nothing else. Signed with what all nodes of a fleet have and nobody else, so that it
 * holds over restarts and on every node.
 */
import { createHmac, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { type Clock, systemClock } from '@wakeeper/lifecycle';
import type { Context } from 'hono';

/** Null opens the events of all instances and their codes. */
export interface TokenScope {
  readonly instance: string | null;
}

/** What a request wants to read, if a token can open it. */
function scopeOf(c: Context): TokenScope | null {
  if (c.req.method !== 'GET') return null;
  if (/\/v1\/events$/.test(c.req.path)) return { instance: c.req.query('instance') ?? null };
  const instance = /\/v1\/instances\/([A-Za-z0-9_-]{1,64})\/qr$/.exec(c.req.path)?.[1];
  return instance === undefined ? null : { instance };
}

const FORM = /^([A-Za-z0-9_-]{1,200})\.([A-Za-z0-9_-]{43})$/;

export class EventTokens {
  readonly #apiKeys: readonly string[];
  readonly #clock: Pick<Clock, 'now'>;
  #secret: Buffer | undefined;

  /** With no keys a token is good for this process alone: nobody is asked for one either. */
  constructor(apiKeys: readonly string[], clock: Pick<Clock, 'now'> = systemClock) {
    this.#apiKeys = apiKeys;
    this.#clock = clock;
  }

  /** @param expiresAt epoch milliseconds */
  issue({ instance }: TokenScope, expiresAt: number): string {
    const payload = Buffer.from(JSON.stringify({ expiresAt, instance })).toString('base64url');
    return `${payload}.${this.#signature(payload).toString('base64url')}`;
  }

  /** True when the request carries a token that opens what it asks for. */
  permits(c: Context): boolean {
    const wanted = scopeOf(c);
    const token = wanted && c.req.query('token');
    if (!wanted || !token) return false;
    const [, payload = '', signature = ''] = FORM.exec(token) ?? [];
    if (!payload || !timingSafeEqual(this.#signature(payload), Buffer.from(signature, 'base64url')))
      return false;
    // Only what we signed comes so far.
    const scope = JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenScope & {
      expiresAt: number;
    };
    return (
      this.#clock.now() < scope.expiresAt && (scope.instance === null || scope.instance === wanted.instance)
    );
  }

  #signature(payload: string): Buffer {
    this.#secret ??= this.#makeSecret();
    return createHmac('sha256', this.#secret).update(payload).digest();
  }

  /** Slow on purpose, once: who has a token must not find a weak key out of it. */
  #makeSecret(): Buffer {
    if (this.#apiKeys.length === 0) return randomBytes(32);
    return scryptSync(this.#apiKeys.toSorted().join('\n'), 'wakeeper event tokens', 32);
  }
}
