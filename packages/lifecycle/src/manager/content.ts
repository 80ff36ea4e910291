/** The content of a send, checked and brought into its one form before it is stored. */
import { LifecycleError } from '../domain/errors.js';
import type { ItemContent, MessagePayload, Metadata } from '../domain/message.js';
import { parseRecipient } from '../domain/recipient.js';

const MAX_METADATA_BYTES = 4_096;
/** As many as a group of WhatsApp has members. */
const MAX_MENTIONS = 1_024;

const invalid = (path: string, message: string): LifecycleError =>
  new LifecycleError('INVALID_INPUT', { message, details: { path } });

/** @throws LifecycleError INVALID_INPUT, RECIPIENT_INVALID */
export function checkedContent(content: ItemContent): ItemContent {
  if (typeof content?.payload !== 'object' || content.payload === null)
    throw invalid('payload', 'A send has a payload.');
  const to = parseRecipient(content.payload.to);
  if (content.type === 'poll') {
    const { question, options } = content.payload;
    if (typeof question !== 'string' || question.trim() === '')
      throw invalid('question', 'A poll has a question.');
    const distinct = Array.isArray(options) && new Set(options).size === options.length;
    if (
      !distinct ||
      options.length < 2 ||
      options.length > 12 ||
      !options.every((one) => typeof one === 'string' && one)
    )
      throw invalid('options', 'A poll has 2 to 12 different options.');
    return { type: 'poll', payload: { ...content.payload, to } };
  }
  if (content.type !== 'message') throw invalid('type', 'A send is a "message" or a "poll".');
  const { text, media, location, contact } = content.payload;
  const given = [text, media, location, contact].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw invalid('text', 'A message has exactly one of text, media, location and contact.');
  if (text !== undefined && (typeof text !== 'string' || text === ''))
    throw invalid('text', 'A text is not empty.');
  if (content.payload.linkPreview !== undefined && text === undefined)
    throw invalid('linkPreview', '"linkPreview" goes with a text.');
  const mentions = checkedMentions(content.payload);
  return { type: 'message', payload: { ...content.payload, to, ...(mentions && { mentions }) } };
}

/** As chat ids. @throws LifecycleError INVALID_INPUT */
function checkedMentions({ mentions, text, media }: MessagePayload): readonly string[] | undefined {
  if (mentions === undefined) return undefined;
  if (!Array.isArray(mentions) || mentions.length > MAX_MENTIONS)
    throw invalid('mentions', `"mentions" is a list of at most ${MAX_MENTIONS} people.`);
  if (text === undefined && !media?.caption)
    throw invalid('mentions', '"mentions" goes with a text or with a caption.');
  return mentions.map((one, index) => {
    const person = parsed(one);
    if (person !== null && /@(c\.us|lid)$/.test(person)) return person;
    throw invalid(
      `mentions[${index}]`,
      'Who is mentioned is a phone number with country code or a chat id ending in @c.us or @lid.',
    );
  });
}

const parsed = (recipient: unknown): string | null => {
  try {
    return parseRecipient(recipient);
  } catch {
    return null;
  }
};

/** @throws LifecycleError INVALID_INPUT */
export function checkedMetadata(metadata: Metadata | null | undefined): Metadata | null {
  if (metadata === undefined || metadata === null) return null;
  const isObject = typeof metadata === 'object' && !Array.isArray(metadata);
  const json = isObject ? JSON.stringify(metadata) : '';
  if (!isObject || Buffer.byteLength(json) > MAX_METADATA_BYTES)
    throw invalid('metadata', `"metadata" is a JSON object of at most ${MAX_METADATA_BYTES} bytes.`);
  // As it will be read back: a date is told as the text that is stored.
  return JSON.parse(json) as Metadata;
}

/** @throws LifecycleError INVALID_INPUT */
export function checkedTtl(ttlMs: number | undefined): number | undefined {
  if (ttlMs === undefined || (Number.isSafeInteger(ttlMs) && ttlMs > 0)) return ttlMs;
  throw invalid('ttlMs', '"ttlMs" is a whole number of milliseconds, at least 1.');
}
