/** The fields that several requests share. */
import {
  CONTENT_LIMITS,
  messageOf,
  metadataProblem,
  parseRecipient,
  readPhoneNumber,
} from '@wakeeper/lifecycle';
import { z } from 'zod';

/** JSON can carry half of a surrogate pair, which no store and no phone can. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Text for people: `min` to `max` UTF-16 units, well-formed. */
export const text = (min: number, max: number) =>
  z
    .string()
    .min(min)
    .max(max)
    .refine((value) => !LONE_SURROGATE.test(value), 'must be well-formed Unicode');

/** What a field is shown as in the API description, where the schema that checks it says it in a worse way. */
export const shownAs = (shape: Readonly<Record<string, unknown>>) => ({
  override: ({ jsonSchema }: { jsonSchema: object }): void => {
    for (const name of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, name);
    Object.assign(jsonSchema, shape);
  },
});

/** Several values in one parameter, separated by commas. */
export const listOf = (items: Readonly<Record<string, unknown>>, description: string) => ({
  ...shownAs({ type: 'array', items, minItems: 1, description }),
  param: { style: 'form', explode: false } as const,
});

export const INSTANCE_ID_RULE = 'must be 1 to 64 characters out of A-Z, a-z, 0-9, "_" and "-"';
/** The same as `isInstanceId`, as a pattern that the description can tell. */
export const instanceId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, INSTANCE_ID_RULE)
  .meta({ description: 'Id of an instance, as its maker chose it.', examples: ['shop'] });

const LONGEST_WAIT_S = 300;

/** `?wait=`: how long the answer may wait for an outcome, in seconds. */
const wait = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,3})?$/, 'must be a number of seconds')
  .transform(Number)
  .pipe(z.number().max(LONGEST_WAIT_S))
  .meta(
    shownAs({
      type: 'number',
      minimum: 0,
      maximum: LONGEST_WAIT_S,
      description: 'Seconds that the answer may wait for the outcome, with up to three decimals.',
    }),
  )
  .exactOptional();

export const waitFields = { wait };
export const waitQuery = z.strictObject(waitFields);

/** One page of a list. The cursor is the `nextCursor` of the page before. */
export const pageFields = {
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(1).max(500))
    .meta(
      shownAs({ type: 'integer', minimum: 1, maximum: 500, default: 50, description: 'Items on a page.' }),
    )
    .exactOptional(),
  cursor: z
    .string()
    .min(1)
    .max(512)
    .meta({ description: 'The `nextCursor` of the page before.' })
    .exactOptional(),
};
export const pageQuery = z.strictObject(pageFields);

/** A phone number or a chat id, as a chat id. */
export const recipient = z
  .union([z.string().max(200), z.number().positive()])
  .transform((to, issues) => {
    try {
      return parseRecipient(to);
    } catch (error) {
      issues.addIssue({ code: 'custom', message: messageOf(error), continue: true });
      return z.NEVER;
    }
  })
  .meta({
    description: 'A phone number with country code in any usual writing, or a chat id.',
    // Examples of what goes in; zod takes its own for those of what comes out, and leaves them away.
    override: { examples: ['+49 151 12345678', '4915112345678@c.us', '120363000000000001@g.us'] },
  });

/** A check of the library on a field: what it says is wrong is one of the errors of the answer. */
export const ruled =
  (problemOf: (value: unknown) => string | null) =>
  (value: unknown, issues: z.core.$RefinementCtx): void => {
    const message = problemOf(value);
    if (message !== null) issues.addIssue({ code: 'custom', message });
  };

/** A phone number with country code in any usual writing, as digits. */
export const phoneNumber = z
  .union([z.string().max(40), z.number()])
  .transform((value, issues) => {
    const number = readPhoneNumber(value);
    if ('digits' in number) return number.digits;
    issues.addIssue({ code: 'custom', message: number.wrong, continue: true });
    return '';
  })
  .pipe(z.string().meta({ pattern: '^[1-9][0-9]{6,14}$' }))
  .meta({
    description: 'With country code, in any usual writing.',
    override: { examples: ['+49 151 12345678'] },
  });

/** A small JSON object of the caller's own. */
export const metadata = z
  .record(z.string(), z.unknown())
  .superRefine(ruled(metadataProblem))
  .meta({
    description: `Yours, at most ${CONTENT_LIMITS.metadataBytes} bytes; told again wherever the item is.`,
  });

const MAX_LABELS = 32;

/** Names and values to find instances by. A name has no colon: `?label=name:value` splits there. */
export const labels = z
  .record(
    z
      .string()
      .regex(
        /^[A-Za-z0-9._/-]{1,64}$/,
        'a label is 1 to 64 characters out of A-Z, a-z, 0-9, ".", "_", "/" and "-"',
      ),
    text(0, 256),
  )
  .refine((value) => Object.keys(value).length <= MAX_LABELS, `must be at most ${MAX_LABELS} labels`);

/** The number that alone may be paired; null for any. */
export const expectedAccount = z
  .string()
  .min(1)
  .max(40)
  .nullable()
  .meta({
    description: 'The number that alone may be paired, with country code: another is unlinked. Null for any.',
    examples: ['+49 151 12345678'],
  });

/** URL of the proxy that the browser uses; null for none. */
export const proxy = z
  .url({ protocol: /^(https?|socks[45]?)$/, error: 'must be an http, https, socks4 or socks5 URL' })
  .max(2048)
  .nullable();
