/** The fields that several requests share. */
import { messageOf, parseRecipient } from '@wakeeper/lifecycle';
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

const LONGEST_WAIT_S = 300;

/** `?wait=`: how long the answer may wait for an outcome, in seconds. */
const wait = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,3})?$/, 'must be a number of seconds')
  .transform(Number)
  .pipe(z.number().max(LONGEST_WAIT_S))
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
    .exactOptional(),
  cursor: z.string().min(1).max(512).exactOptional(),
};
export const pageQuery = z.strictObject(pageFields);

/** A phone number or a chat id, as a chat id. */
export const recipient = z.union([z.string().max(200), z.number().positive()]).transform((to, issues) => {
  try {
    return parseRecipient(to);
  } catch (error) {
    issues.addIssue({ code: 'custom', message: messageOf(error) });
    return z.NEVER;
  }
});

/** A phone number with country code in any usual writing, as digits. */
export const phoneNumber = z
  .union([z.string().max(40), z.number().transform(String)])
  .transform((value) => value.replace(/[+()\-. ]/g, ''))
  .pipe(
    z
      .string()
      .regex(/^[1-9][0-9]{6,14}$/, 'must be a phone number with country code: 7 to 15 digits, no leading 0'),
  );

const MAX_METADATA_BYTES = 4096;

function jsonBytes(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    // Nested so deep that it cannot be written.
    return Number.POSITIVE_INFINITY;
  }
}

/** A small JSON object of the caller's own. */
export const metadata = z
  .record(z.string(), z.unknown())
  .refine(
    (value) => jsonBytes(value) <= MAX_METADATA_BYTES,
    `must be at most ${MAX_METADATA_BYTES} bytes of JSON`,
  );

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

/** URL of the proxy that the browser uses; null for none. */
export const proxy = z
  .url({ protocol: /^(https?|socks[45]?)$/, error: 'must be an http, https, socks4 or socks5 URL' })
  .max(2048)
  .nullable();
