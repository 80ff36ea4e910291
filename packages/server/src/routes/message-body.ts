/** What can be asked to be sent: its shape, as the description tells it. What its fields may hold is the library's rule. */
import {
  CONTENT_LIMITS,
  contentProblems,
  type ItemContent,
  idempotencyKeyProblem,
  MESSAGE_ID,
  MIME_TYPE,
  ttlProblem,
} from '@wakeeper/lifecycle';
import { z } from 'zod';
import { metadata, phoneNumber, recipient, ruled, shownAs } from '../http/field.js';
import { pathOf } from '../http/validate.js';

/** Checked by the library, with all of its payload. */
const text = (most: number) => z.string().meta({ minLength: 1, maxLength: most });
const words = (most: number) => text(most).meta({ pattern: '\\S' });
const number = (least: number, most: number) => z.number().meta({ minimum: least, maximum: most });

/** What goes with media, however their bytes come. */
export const mediaWishes = {
  filename: text(CONTENT_LIMITS.filename).exactOptional(),
  caption: text(CONTENT_LIMITS.caption).exactOptional(),
  asDocument: z.boolean().exactOptional(),
  asVoice: z.boolean().exactOptional(),
};
export const mimetype = z.string().meta({ maxLength: CONTENT_LIMITS.mimetype, pattern: MIME_TYPE.source });

const media = z
  .strictObject({
    mimetype: mimetype.exactOptional(),
    data: z
      .string()
      .meta({
        minLength: 4,
        contentEncoding: 'base64',
        description: 'The bytes, with their `mimetype`: with padding, without a `data:` prefix.',
      })
      .exactOptional(),
    url: z
      .url({ protocol: /^https?$/, error: 'must be an https URL' })
      .max(2048)
      .meta({
        description: 'In place of `data`: https, at a public address. It is fetched before the answer.',
        examples: ['https://example.org/cat.png'],
      })
      .exactOptional(),
    ...mediaWishes,
  })
  .meta({
    oneOf: [{ required: ['data'] }, { required: ['url'] }],
    dependentRequired: { data: ['mimetype'] },
  })
  .refine(({ data, url }) => (data === undefined) !== (url === undefined), {
    message: 'exactly one of data and url must be given',
  })
  .refine(({ data, mimetype }) => data === undefined || mimetype !== undefined, {
    path: ['mimetype'],
    message: 'must be given with data',
  });
export const location = z.strictObject({
  latitude: number(-90, 90),
  longitude: number(-180, 180),
  name: text(CONTENT_LIMITS.placeName).exactOptional(),
  address: text(CONTENT_LIMITS.placeName).exactOptional(),
});
export const contact = z.strictObject({ name: text(CONTENT_LIMITS.contactName), phoneNumber });

const CONTENTS = ['text', 'media', 'location', 'contact'] as const;

/** The fields beside the content, the same for messages and polls. */
const sendFields = {
  to: recipient,
  metadata: metadata.exactOptional(),
  ttlMs: z
    .number()
    .superRefine(ruled(ttlProblem))
    .meta(shownAs({ type: 'integer', minimum: 1, maximum: CONTENT_LIMITS.ttlMs }))
    .exactOptional(),
  idempotencyKey: z
    .string()
    .superRefine(ruled(idempotencyKeyProblem))
    .meta({ minLength: 1, maxLength: CONTENT_LIMITS.idempotencyKey })
    .exactOptional(),
};

/** These are no part of what is sent. */
const NO_CONTENT = { metadata: undefined, ttlMs: undefined, idempotencyKey: undefined };
/** Bytes may come later, from a URL, and may be many: the library looks at them once, when they are handed over. */
const NO_BYTES = { data: 'AAAA', url: undefined };

/** What the library would refuse, in one list with what the shape refuses, and each field once. */
function report(type: ItemContent['type'], body: object, issues: z.core.$RefinementCtx): void {
  const told = new Set(issues.issues.map(({ path = [] }) => pathOf(path)));
  const problems = contentProblems(type, { ...body, ...NO_CONTENT });
  for (const { path, message } of problems.filter((problem) => !told.has(problem.path)))
    issues.addIssue({ code: 'custom', path: path === '' ? [] : [path], message });
}

export const messageBody = z
  .strictObject({
    ...sendFields,
    text: text(CONTENT_LIMITS.text)
      .meta({ examples: ['Hello'] })
      .exactOptional(),
    media: media.exactOptional(),
    location: location.exactOptional(),
    contact: contact.exactOptional(),
    quotedMessageId: z
      .string()
      .meta({
        pattern: MESSAGE_ID.source,
        description: 'The `id` of a message that came, or the `messageId` of one that was sent.',
        examples: ['false_4915112345678@c.us_3EB0C767D097'],
      })
      .exactOptional(),
    mentions: z
      .array(recipient)
      .meta({
        maxItems: CONTENT_LIMITS.mentions,
        description: 'People: the text, or the caption, has `@` and the digits where each is meant.',
      })
      .exactOptional(),
    linkPreview: z
      .boolean()
      .meta({ description: 'Goes with a text: false sends its link without what is behind it.' })
      .exactOptional(),
  })
  .meta({ oneOf: CONTENTS.map((content) => ({ required: [content] })) })
  .superRefine((message, issues) => {
    const { media } = message;
    const shown = media && { mimetype: 'application/octet-stream', ...media, ...NO_BYTES };
    report('message', { ...message, media: shown }, issues);
  });

export const pollBody = z
  .strictObject({
    ...sendFields,
    question: words(CONTENT_LIMITS.question).meta({ examples: ['Lunch?'] }),
    options: z.array(words(CONTENT_LIMITS.option)).meta({
      minItems: CONTENT_LIMITS.leastOptions,
      maxItems: CONTENT_LIMITS.mostOptions,
      description: 'Different ones, and none of them blank.',
      examples: [['yes', 'no']],
    }),
    allowMultipleAnswers: z.boolean().exactOptional(),
  })
  .superRefine((poll, issues) => report('poll', poll, issues));
