/** Who a message goes to: a phone number in any usual writing, or a WhatsApp chat id. */
import { LifecycleError } from './errors.js';

/** What a new chat needs: `required` is WhatsApp's word that the number is registered, `open` is no word against it. */
export const RECIPIENT_CHECKS = ['open', 'required'] as const;
export type RecipientCheck = (typeof RECIPIENT_CHECKS)[number];

const CHAT_ID = /^[A-Za-z0-9._:-]{1,64}@(c\.us|s\.whatsapp\.net|lid|g\.us|newsletter)$/;
const PHONE_NUMBER = /^[1-9][0-9]{6,14}$/;

/**
 * The chat id of a recipient. Numbers may carry `+ ( ) - .` and spaces; 7 to 15 digits without a leading 0 must remain
 * (ITU-T E.164, with country code). `@s.whatsapp.net` is the same as `@c.us`.
 * @throws LifecycleError `RECIPIENT_INVALID`
 */
export function parseRecipient(to: unknown): string {
  const written = typeof to === 'number' && Number.isSafeInteger(to) && to > 0 ? String(to) : to;
  if (typeof written === 'string') {
    const trimmed = written.trim();
    if (CHAT_ID.test(trimmed)) return trimmed.replace(/@s\.whatsapp\.net$/, '@c.us');
    const digits = trimmed.replace(/[+()\-. ]/g, '');
    if (PHONE_NUMBER.test(digits)) return `${digits}@c.us`;
  }
  throw new LifecycleError('RECIPIENT_INVALID', {
    message:
      '"to" must be a phone number with country code (7 to 15 digits, no leading 0) or a chat id ending in @c.us, @lid, @g.us or @newsletter.',
    details: { path: 'to' },
  });
}
