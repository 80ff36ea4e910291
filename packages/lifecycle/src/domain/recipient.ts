/** Who a message goes to: a phone number in any usual writing, or a WhatsApp chat id. */
import { LifecycleError } from './errors.js';
import { PHONE_NUMBER_RULE, readPhoneNumber } from './phone-number.js';

/** What a new chat needs: `required` is WhatsApp's word that the number is registered, `open` is no word against it. */
export const RECIPIENT_CHECKS = ['open', 'required'] as const;
export type RecipientCheck = (typeof RECIPIENT_CHECKS)[number];

/** A person is a number, a group has one or two (who made it, and when), a lid and a channel have one of their own. */
const CHAT_ID =
  /^([1-9]\d{6,14}@(c\.us|s\.whatsapp\.net)|\d{1,20}(-\d{1,20})?@g\.us|\d{1,20}@(lid|newsletter))$/;
/** A person is written to, and not one of the devices of a person. */
const DEVICE_ID = /^([1-9]\d{6,14})(\.\d+)?:\d+@(c\.us|s\.whatsapp\.net)$/;

const RULE =
  '"to" must be a phone number with country code (7 to 15 digits, no leading 0) or a chat id: digits and @c.us, @lid, @g.us or @newsletter.';

/**
 * The chat id of a recipient. Numbers may carry `+ ( ) - .` and spaces; 7 to 15 digits without a leading 0 must remain
 * (ITU-T E.164, with country code). `@s.whatsapp.net` is the same as `@c.us`.
 * @throws LifecycleError `RECIPIENT_INVALID`
 */
export function parseRecipient(to: unknown): string {
  if (typeof to !== 'string' && typeof to !== 'number') throw invalid(RULE);
  const trimmed = typeof to === 'string' ? to.trim() : to;
  const number = readPhoneNumber(trimmed);
  if ('digits' in number) return `${number.digits}@c.us`;
  const written = String(trimmed);
  if (CHAT_ID.test(written)) return written.replace(/@s\.whatsapp\.net$/, '@c.us');
  const [, person] = DEVICE_ID.exec(written) ?? [];
  if (person !== undefined)
    throw invalid(`"to" names one device of a person. Write to the person: ${person}@c.us.`);
  throw invalid(number.wrong === PHONE_NUMBER_RULE ? RULE : `"to" ${number.wrong}.`);
}

const invalid = (message: string): LifecycleError =>
  new LifecycleError('RECIPIENT_INVALID', { message, details: { path: 'to' } });
