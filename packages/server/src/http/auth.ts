/** API keys: shown as `X-Api-Key` or `Authorization: Bearer`, compared without telling by the time it takes. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import type { AppEnv } from './app-env.js';
import type { Check } from './gate.js';
import { Problem } from './problem.js';

const hash = (key: string): Buffer => createHash('sha256').update(key).digest();

const bearer = (header: string | undefined): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];

/**
 * Lets through who shows one of the keys. Hashes are compared, so that all have one length, and all of them, so that
 * the time says nothing of which one was near.
 * @param permits whether a request without a key has another right to what it asks for
 */
export function requireApiKey(
  apiKeys: readonly string[],
  permits: (c: Context<AppEnv>) => boolean = () => false,
): Check {
  const known = apiKeys.map(hash);
  const isKnown = (key: string): boolean => {
    const given = hash(key);
    return known.reduce((found, candidate) => timingSafeEqual(candidate, given) || found, false);
  };
  return (c) => {
    const keys = [c.req.header('x-api-key'), bearer(c.req.header('authorization'))];
    if (keys.some((key) => key !== undefined && isKnown(key)) || permits(c)) return;
    throw new Problem('UNAUTHORIZED', {
      detail: 'Send one of the API_KEYS as X-Api-Key or as Authorization: Bearer.',
      headers: { 'www-authenticate': 'Bearer' },
    });
  };
}
