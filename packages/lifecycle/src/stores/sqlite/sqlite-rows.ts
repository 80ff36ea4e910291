/**
 * What is to be written, as the values that SQL binds. Rows are made by the side that asks: flat values cross to the
 * store's thread at a fraction of what objects take, and the thread, which everybody waits for, only binds them.
 */
import type { Fact, FactDraft } from '../../domain/fact.js';
import { listedContent } from '../../domain/message.js';
import type { EnqueueRequest } from '../../ports/store.js';
import { toJson } from './sqlite-json.js';

export type FactRow = readonly [
  instance: string | null,
  type: string,
  at: number,
  body: string,
  /** Of what is told once. */
  key?: string,
  heardUntil?: number | null,
];
export type ItemRow = readonly [
  id: string,
  instance: string,
  account: string | null,
  createdAt: number,
  expiresAt: number | null,
  key: string | null,
  keyFingerprint: string | null,
  keyExpiresAt: number | null,
];
export type ContentRow = readonly [content: string, metadata: string | null, media: string | null];

/** @throws LifecycleError `INVALID_INPUT` when a body is not JSON (as the others here) */
export const factRows = (drafts: readonly FactDraft[]): readonly FactRow[] =>
  drafts.map(({ instanceId, type, at, body, once }) =>
    once
      ? [instanceId, type, at, toJson(body), once.key, once.heardUntil]
      : [instanceId, type, at, toJson(body)],
  );

/** The drafts as the facts that they have become; those without a number were told before. */
export const numbered = (drafts: readonly FactDraft[], numbers: readonly number[]): readonly Fact[] =>
  drafts.flatMap(({ once: _once, ...draft }, index): Fact[] => {
    const number = Number(numbers[index]);
    return number === 0 ? [] : [{ ...draft, number }];
  });

export const itemRow = ({
  id,
  instanceId,
  account,
  createdAt,
  expiresAt,
  idempotency,
}: Omit<EnqueueRequest, 'content' | 'metadata'>): ItemRow => [
  id,
  instanceId,
  account,
  createdAt,
  expiresAt,
  idempotency?.key ?? null,
  idempotency?.fingerprint ?? null,
  idempotency?.expiresAt ?? null,
];

/** Media go beside their content, as they are: neither written as JSON nor read with the rest. */
export function contentRow({ content, metadata }: Pick<EnqueueRequest, 'content' | 'metadata'>): ContentRow {
  const media = content.type === 'message' ? (content.payload.media?.data ?? null) : null;
  const { type, payload } = media === null ? content : listedContent(content);
  return [toJson({ type, payload }), metadata && toJson(metadata), media];
}
