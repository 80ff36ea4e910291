/** A fact as it leaves the server: the body of a webhook. */
import type { Fact } from '@wakeeper/lifecycle';
import { iso } from '../http/time.js';

/** Times inside the facts, which the library counts in epoch milliseconds. */
const TIMES: ReadonlySet<string> = new Set(['retryAt', 'issuedAt', 'expiresAt', 'timestamp']);

/** `data.seq` grows with every fact; `data.instanceId` stands where there is one. */
export function eventJson({ type, at, number, instanceId, body }: Fact) {
  const told = Object.entries(body).map(([name, value]: [string, unknown]) => [
    name,
    TIMES.has(name) && typeof value === 'number' ? iso(value) : value,
  ]);
  return {
    type,
    timestamp: iso(at),
    data: {
      ...(instanceId === null ? {} : { instanceId }),
      seq: number,
      ...(Object.fromEntries(told) as Record<string, unknown>),
    },
  };
}
