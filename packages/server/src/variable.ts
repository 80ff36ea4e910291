/**
 * One environment variable: how it is written, what it becomes, and what the documentation says of it. The rule stands
 * in words once, so that the refusal of a bad value and the table in the documentation cannot differ.
 */
import { z } from 'zod';

export interface Variable<T> {
  /** Meaning, with its unit. */
  readonly about: string;
  /** What a value must be, to be read after "must be". */
  readonly rule: string;
  /** The value as it would be written, or null when unset means "none". */
  readonly fallback: string | null;
  /** How the default is shown where it depends on the machine. */
  readonly shownDefault?: string;
  /** Never print the value. */
  readonly secret?: boolean;
  readonly schema: z.ZodType<T, string>;
}

interface Wording {
  readonly about: string;
  readonly shownDefault?: string;
  readonly secret?: boolean;
}

/** setTimeout fires at once beyond it. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

export const whole = (fallback: number, min: number, max: number, wording: Wording): Variable<number> => ({
  ...wording,
  rule: `a whole number from ${min} to ${max}`,
  fallback: String(fallback),
  schema: z.string().regex(/^\d+$/).transform(Number).pipe(z.number().int().min(min).max(max)),
});

export const milliseconds = (fallback: number, min: number, about: string): Variable<number> =>
  whole(fallback, min, MAX_DELAY_MS, { about });

export const oneOf = <const W extends string>(
  fallback: W,
  words: readonly W[],
  about: string,
): Variable<W> => ({
  about,
  rule: `one of ${words.join(', ')}`,
  fallback,
  schema: z.enum(words),
});

/** What stands between commas; blanks around it do not count, and neither does nothing. */
export const words = z.string().transform((value) =>
  value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
);

/** A variable with a form of its own. */
export const written = <T>(
  fallback: string,
  rule: string,
  schema: z.ZodType<T, string>,
  wording: Wording,
): Variable<T> => ({
  ...wording,
  rule,
  fallback,
  schema,
});

/** A variable that may stay unset; then its value is null. */
export const optional = <T>(
  rule: string,
  schema: z.ZodType<T, string>,
  wording: Wording,
): Variable<T | null> => ({
  ...wording,
  rule,
  fallback: null,
  schema,
});

/** Words separated by commas, at least one. */
export const listOf = (isOne: (word: string) => boolean) =>
  words.refine((given) => given.length > 0 && given.every(isOne));
