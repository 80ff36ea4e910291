/** A message whose media are uploaded: the fields of the form, as they stand in JSON, and the file in place of `media.data`. */
import type { MiddlewareHandler } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { partOf, saying } from '../http/described.js';
import { shownAs } from '../http/field.js';
import { body, check, isMultipart, type Valid } from '../http/validate.js';
import type { MediaIntake } from '../media/media-intake.js';
import { readUpload, type Upload } from '../media/upload.js';
import { fieldProblem } from '../media/upload-parts.js';
import { mediaWishes, messageBody, mimetype } from './message-body.js';

/** As long as Node itself lets a request take. */
const UPLOAD_TIMEOUT_MS = 300_000;

/** In JSON these stand in `media`. */
const ofMedia = { mimetype: mimetype.exactOptional(), ...mediaWishes };
const OF_MEDIA: ReadonlySet<string> = new Set(Object.keys(ofMedia));

const { to, metadata, ttlMs, idempotencyKey, quotedMessageId, mentions } = messageBody.shape;
const file = z.file().meta(
  shownAs({
    type: 'string',
    format: 'binary',
    description: 'Any bytes; the part says their type and name, unless `mimetype` and `filename` do.',
  }),
);
/** The form, for the API description: what is in it is checked as the message that it makes. */
const uploadForm = z.strictObject({
  to,
  file,
  ...ofMedia,
  metadata,
  ttlMs,
  idempotencyKey,
  quotedMessageId,
  mentions,
});
/** Stands for the bytes while the fields are checked. */
const STAND_IN = 'AAAA';

const boolean = (text: string): unknown => (text === 'true' ? true : text === 'false' ? false : text);
/** How a field that is no text is written. What is written otherwise is left as it is, for the check to refuse. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  asDocument: boolean,
  asVoice: boolean,
  ttlMs: (text) => (/^\d+$/.test(text) ? Number(text) : text),
  metadata: (text) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  },
};

/** @throws Problem INVALID_INPUT */
function read(name: string, values: readonly string[]): unknown {
  if (name === 'mentions') return values;
  const [value = ''] = values;
  if (values.length > 1) throw fieldProblem(name, 'is given more than once');
  const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  return reader ? reader(value) : value;
}

/** @throws Problem INVALID_INPUT, RECIPIENT_INVALID */
export function uploadedMessage({ fields, data, mimetype, filename }: Upload): z.output<typeof messageBody> {
  const entries = [...fields].map(([name, values]) => [name, read(name, values)] as const);
  const media = {
    mimetype,
    ...(filename ? { filename } : {}),
    ...Object.fromEntries(entries.filter(([name]) => OF_MEDIA.has(name))),
    data: STAND_IN,
  };
  const beside = Object.fromEntries(entries.filter(([name]) => !OF_MEDIA.has(name)));
  if (Object.hasOwn(beside, 'media')) throw fieldProblem('media', 'is not a known field');
  const message = check(messageBody, { ...beside, media });
  return { ...message, ...(message.media && { media: { ...message.media, data } }) };
}

/** The body of a message: JSON, or a form with a `file`. The handler has it as `c.req.valid('json')`. */
export function messageOrUpload(
  media: MediaIntake,
): MiddlewareHandler<AppEnv, string, Valid<'json', typeof messageBody>> {
  const json = body(messageBody);
  const { problems = [], ...part } = partOf(json);
  const more = ['MEDIA_OVER_LIMIT', 'SPOOL_UNAVAILABLE', 'TIMEOUT'] as const;
  return saying({ ...part, form: uploadForm, problems: [...problems, ...more] }, async (c, next) => {
    if (!isMultipart(c)) return json(c, next);
    const upload = await readUpload(c.req.raw, media.spool, UPLOAD_TIMEOUT_MS);
    c.set('hasBody', true);
    c.req.addValidatedData('json', uploadedMessage(upload));
    await next();
  });
}
