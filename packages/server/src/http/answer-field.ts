/** The fields that several answers share, for the API description. Answers are not checked while they are given. */
import { z } from 'zod';

/** A moment in ISO 8601, UTC. */
export const time = z.string().meta({ format: 'date-time', examples: ['2026-01-31T08:00:00.000Z'] });
export const timeOrNull = time.nullable();
export const count = z.int().min(0);

/** One page of a list. */
export const pageOf = <S extends z.ZodType, M extends Readonly<Record<string, z.ZodType>>>(
  item: S,
  more: M,
) =>
  z.object({
    items: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: '`cursor` of the next page; null on the last one.' }),
    ...more,
  });

/** What a schema describes, as the code that makes it has it: nothing in an answer is written to. */
export type Told<S extends z.ZodType> = Frozen<z.output<S>>;
type Frozen<T> = T extends readonly (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;
