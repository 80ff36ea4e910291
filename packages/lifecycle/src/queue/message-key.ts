/** The key of a message: the random part of WhatsApp's message id, chosen by us before the page is touched. */
import type { Clock } from '../ports/clock.js';

const RANDOM_BYTES = 9;

/** Makes keys in the form that WhatsApp Web itself writes: `3EB0` and 18 hexadecimal digits, upper case. */
export const messageKeyMaker = (chance: Pick<Clock, 'random'>) => (): string => {
  const bytes = Array.from({ length: RANDOM_BYTES }, () => Math.floor(chance.random() * 256));
  return `3EB0${Buffer.from(bytes).toString('hex').toUpperCase()}`;
};
