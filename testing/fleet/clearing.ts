/** What is cleared up after a piece of work: all of it, whatever fails, and the first failure is the one that is told. */

type Ending = () => unknown;

/**
 * Does the work, then every ending, one after another.
 * @throws what failed first; an AggregateError, whose message is that of the first, when more did
 */
export async function clearedAfter<T>(work: () => Promise<T>, endings: readonly Ending[]): Promise<T> {
  const errors: unknown[] = [];
  const results: T[] = [];
  for (const step of [async () => void results.push(await work()), ...endings]) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  const [first, ...others] = errors;
  if (others.length > 0)
    throw new AggregateError(errors, first instanceof Error ? first.message : String(first));
  if (errors.length > 0) throw first;
  return results[0] as T;
}
