/** The key of a message: the random part of WhatsApp's message id, chosen by us before the page is touched. */
import { randomBytes } from 'node:crypto';

/** In the form that WhatsApp Web itself writes: `3EB0` and 18 hexadecimal digits, upper case. */
export const newMessageKey = (): string => `3EB0${randomBytes(9).toString('hex').toUpperCase()}`;
