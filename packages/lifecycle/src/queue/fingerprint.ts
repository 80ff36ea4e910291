/** What tells one request body from another under the same idempotency key. */
import { createHash } from 'node:crypto';
import type { Metadata } from '../domain/message.js';

export interface FingerprintedBody {
  /** As the caller asked for it. */
  readonly content: unknown;
  readonly metadata: Metadata | null;
  /** As the caller gave it; undefined where the default applies. */
  readonly ttlMs: number | undefined;
}

/** SHA-256 of the body in canonical JSON: the order in which a caller writes the fields does not matter. */
export const fingerprintOf = ({ content, metadata, ttlMs }: FingerprintedBody): string =>
  createHash('sha256')
    .update(canonicalJson([content, metadata, ttlMs ?? null]))
    .digest('base64url');

const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (isPlainObject(part) ? sortedByKey(part) : part));

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sortedByKey = (value: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
