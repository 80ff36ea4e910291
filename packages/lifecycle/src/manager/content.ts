/** The content of a send, checked by the one rule and brought into its one form before it is stored. */
import {
  type ContentProblem,
  contentProblems,
  idempotencyKeyProblem,
  metadataProblem,
  ttlProblem,
} from '../domain/content-rule.js';
import { isLifecycleError, LifecycleError } from '../domain/errors.js';
import type { ItemContent, MessagePayload, Metadata } from '../domain/message.js';
import { readPhoneNumber } from '../domain/phone-number.js';
import { parseRecipient } from '../domain/recipient.js';

/** `details.problems` has everything that is wrong, `details.path` where the first of it is. */
function invalid(problems: readonly ContentProblem[]): LifecycleError {
  const message = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return new LifecycleError('INVALID_INPUT', {
    message: `${message.join('; ')}.`,
    details: { path: problems[0]?.path ?? '', problems },
  });
}

/** @throws LifecycleError INVALID_INPUT; RECIPIENT_INVALID when only the recipient is wrong */
export function checkedContent(content: ItemContent): ItemContent {
  const problems = contentProblems(content?.type, content?.payload);
  const to = recipientOf(content?.payload?.to);
  if (problems.length > 0)
    throw invalid(typeof to === 'string' ? problems : [{ path: 'to', message: to.message }, ...problems]);
  if (typeof to !== 'string') throw to;
  if (content.type === 'poll') return { type: 'poll', payload: { ...content.payload, to } };
  return { type: 'message', payload: { ...content.payload, to, ...inOneForm(content.payload) } };
}

function recipientOf(to: unknown): string | LifecycleError {
  try {
    return parseRecipient(to);
  } catch (error) {
    if (isLifecycleError(error, 'RECIPIENT_INVALID')) return error;
    throw error;
  }
}

/** People as chat ids, and the number of a contact as digits. */
function inOneForm({ mentions, contact }: MessagePayload): Pick<MessagePayload, 'mentions' | 'contact'> {
  const number = contact && readPhoneNumber(contact.phoneNumber);
  return {
    ...(mentions && { mentions: mentions.map(parseRecipient) }),
    ...(contact && number && 'digits' in number && { contact: { ...contact, phoneNumber: number.digits } }),
  };
}

/** @throws LifecycleError INVALID_INPUT */
export function checkedMetadata(metadata: Metadata | null | undefined): Metadata | null {
  if (metadata === undefined || metadata === null) return null;
  refuse('metadata', metadataProblem(metadata));
  // As it will be read back: a date is told as the text that is stored.
  return JSON.parse(JSON.stringify(metadata)) as Metadata;
}

/** @throws LifecycleError INVALID_INPUT */
export function checkedTtl(ttlMs: number | undefined): number | undefined {
  if (ttlMs !== undefined) refuse('ttlMs', ttlProblem(ttlMs));
  return ttlMs;
}

/** @throws LifecycleError INVALID_INPUT */
export function checkedIdempotencyKey(key: string | undefined): string | undefined {
  if (key !== undefined) refuse('idempotencyKey', idempotencyKeyProblem(key));
  return key;
}

function refuse(path: string, message: string | null): void {
  if (message !== null) throw invalid([{ path, message }]);
}
