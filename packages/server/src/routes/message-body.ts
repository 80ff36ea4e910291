/** What can be asked to be sent. */
import { z } from 'zod';
import { metadata, phoneNumber, recipient, text } from '../http/field.js';
import { MIME_TYPE } from '../media/mime-type.js';

const MAX_TTL_MS = 30 * 24 * 60 * 60 * 1000;
const MAX_MENTIONS = 1024;

/** Standard alphabet, padded, and checked in one pass: a regular expression over groups of four runs out of stack. */
function isBase64(data: string): boolean {
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
  return data.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(data.slice(0, data.length - padding));
}

/** What goes with media, however their bytes come. */
export const mediaWishes = {
  filename: text(1, 255).exactOptional(),
  caption: text(1, 65_536).exactOptional(),
  asDocument: z.boolean().exactOptional(),
  asVoice: z.boolean().exactOptional(),
};
export const mimetype = z.string().max(255).regex(MIME_TYPE, 'must be a MIME type such as image/png');

const media = z
  .strictObject({
    mimetype: mimetype.exactOptional(),
    data: z
      .string()
      .min(4, 'must not be empty')
      .refine(isBase64, 'must be base64 with padding, and no data: prefix')
      .meta({ contentEncoding: 'base64', description: 'The bytes, with their `mimetype`.' })
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
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  name: text(1, 1000).exactOptional(),
  address: text(1, 1000).exactOptional(),
});
export const contact = z.strictObject({ name: text(1, 255), phoneNumber });

const CONTENTS = ['text', 'media', 'location', 'contact'] as const;

/** The fields beside the content, the same for messages and polls. */
const sendFields = {
  to: recipient,
  metadata: metadata.exactOptional(),
  ttlMs: z.number().int().min(1).max(MAX_TTL_MS).exactOptional(),
  idempotencyKey: z.string().min(1).max(255).exactOptional(),
};

export const messageBody = z
  .strictObject({
    ...sendFields,
    text: text(1, 65_536)
      .meta({ examples: ['Hello'] })
      .exactOptional(),
    media: media.exactOptional(),
    location: location.exactOptional(),
    contact: contact.exactOptional(),
    quotedMessageId: z
      .string()
      .regex(/^[A-Za-z0-9._:@-]{1,255}$/, 'must be a message id')
      .exactOptional(),
    mentions: z
      .array(recipient)
      .max(MAX_MENTIONS)
      .meta({ description: 'People: the text, or the caption, has `@` and the digits where each is meant.' })
      .exactOptional(),
    linkPreview: z
      .boolean()
      .meta({ description: 'Goes with a text: false sends its link without what is behind it.' })
      .exactOptional(),
  })
  .meta({ oneOf: CONTENTS.map((content) => ({ required: [content] })) })
  .refine((message) => CONTENTS.filter((content) => content in message).length === 1, {
    message: `exactly one of ${CONTENTS.join(', ')} must be given`,
  });

export const pollBody = z.strictObject({
  ...sendFields,
  question: text(1, 255).meta({ examples: ['Lunch?'] }),
  options: z
    .array(text(1, 100))
    .min(2)
    .max(12)
    .refine(
      (options) => new Set(options.map((option) => option.trim())).size === options.length,
      'must be different',
    )
    .meta({ examples: [['yes', 'no']] }),
  allowMultipleAnswers: z.boolean().exactOptional(),
});
