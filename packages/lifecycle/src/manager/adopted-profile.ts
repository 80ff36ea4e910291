/** A profile that somebody else made, and the instance that it becomes: both are kept, or neither. */
import { messageOf } from '../domain/errors.js';
import type { Driver } from '../ports/driver.js';

interface Adoption {
  readonly id: string;
  readonly source: string;
}

/**
 * @param keep writes the instance down
 * @throws what the copying throws, and what `keep` throws: the copy is removed again then
 */
export async function adoptProfile<T>(
  driver: Driver,
  { id, source }: Adoption,
  keep: () => Promise<T>,
): Promise<T> {
  await driver.adopt({ instanceId: id, source });
  try {
    return await keep();
  } catch (error) {
    // A copy that no instance owns would stand in the way of the next attempt.
    await driver.remove(id).catch((cause: unknown) => {
      const message = `${messageOf(error)} The copy of the profile is left behind: ${messageOf(cause)}`;
      throw new AggregateError([error, cause], message);
    });
    throw error;
  }
}
