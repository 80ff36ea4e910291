/** Ids of queue items: unique in a store, ordered by time when sorted as text, and safe in a URL. */
import type { Clock } from '../ports/clock.js';

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

const written = (value: number, places: number): string => {
  let text = '';
  for (let left = value, place = 0; place < places; place++, left = Math.floor(left / 32))
    text = DIGITS[left % 32] + text;
  return text;
};

/** 10 characters of milliseconds, 4 that count within one of them, 8 of chance. */
export function queueIdMaker(clock: Pick<Clock, 'now' | 'random'>): () => string {
  let last = 0;
  let count = 0;
  return () => {
    const now = clock.now();
    count = now === last ? count + 1 : 0;
    last = now;
    const chance = Array.from({ length: 8 }, () => DIGITS[Math.floor(clock.random() * 32)]).join('');
    return written(now, 10) + written(count, 4) + chance;
  };
}
