/** A fact as it leaves the server: the body of a webhook. */
import type { Fact } from '@wakeeper/lifecycle';
import type { Told } from '../http/answer-field.js';
import { iso } from '../http/time.js';
import type { eventSchema } from './event-schema.js';

/** Times inside the facts, which the library counts in epoch milliseconds. */
const TIMES: ReadonlySet<string> = new Set(['retryAt', 'issuedAt', 'expiresAt', 'timestamp', 'until']);

/** `data.seq` grows with every fact; `data.instanceId` stands where there is one. */
export function eventJson({ type, at, number, instanceId, body }: Fact): Told<typeof eventSchema> {
  const told = Object.entries(body).map(([name, value]: [string, unknown]) => [
    name,
    TIMES.has(name) && typeof value === 'number' ? iso(value) : value,
  ]);
  const data: unknown = {
    ...(instanceId === null ? {} : { instanceId }),
    seq: number,
    ...Object.fromEntries(told),
  };
  // The body is copied name by name, which no type can follow; the tests hold every kind against the schema.
  return { type, timestamp: iso(at), data } as Told<typeof eventSchema>;
}
