/** The number that alone may be paired with an instance, as a person gives it. */
import { kinshipOf, numberIdentity } from '../domain/account.js';
import { LifecycleError } from '../domain/errors.js';
import type { ManagedInstance } from './managed-instance.js';
import { phoneDigits } from './page-questions.js';

/** @throws LifecycleError INVALID_INPUT */
export const expectedNumber = (given: string | null): string | null =>
  given === null ? null : phoneDigits(given, 'expectedAccount');

/**
 * The change as it is kept. An account that is paired is not unlinked by a change of what is expected.
 * @throws LifecycleError INVALID_INPUT
 */
export function checkedExpectation<Change extends { readonly expectedAccount?: string | null }>(
  change: Change,
  { id, context: { me } }: ManagedInstance,
): Change {
  if (change.expectedAccount === undefined) return change;
  const expectedAccount = expectedNumber(change.expectedAccount);
  if (expectedAccount !== null && me && kinshipOf(numberIdentity(expectedAccount), me) === 'other')
    throw new LifecycleError('INVALID_INPUT', {
      message: `"expectedAccount" is not the number that "${id}" is paired with. Log it out first.`,
      details: { path: 'expectedAccount' },
    });
  return { ...change, expectedAccount };
}
