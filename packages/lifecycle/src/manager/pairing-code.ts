/** Linking by phone number: a code is asked for only where that ends no link of ours. */
import { LifecycleError } from '../domain/errors.js';
import type { Driver } from '../ports/driver.js';
import type { ManagedInstance } from './managed-instance.js';
import { askPage, phoneDigits } from './page-questions.js';

export interface PairingDeps {
  readonly driver: Driver;
  readonly instances: ReadonlyMap<string, ManagedInstance>;
}

export interface PairingQuestion {
  readonly phoneNumber: string;
  readonly deadlineMs: number;
  /** Resolves when the instance shows a code, so that its page can be asked for another kind. */
  readonly shown: () => Promise<unknown>;
}

/** @throws LifecycleError INVALID_INPUT, NUMBER_ALREADY_LINKED, INSTANCE_NOT_READY, TIMEOUT, and what `shown` rejects with */
export async function requestPairingCode(
  instance: ManagedInstance,
  { driver, instances }: PairingDeps,
  { phoneNumber, deadlineMs, shown }: PairingQuestion,
): Promise<string> {
  const digits = phoneDigits(phoneNumber);
  refuseLinked(digits, instances.values());
  await shown();
  // Another instance may have been linked with it while a browser was started for this one.
  refuseLinked(digits, instances.values());
  return askPage(
    instance,
    'The page gave no pairing code',
    (ref) => driver.requestPairingCode({ ...ref, phoneNumber: digits, deadlineMs }),
    { needs: 'pairing' },
  );
}

/** WhatsApp has been seen to log a device out within a minute of a code being asked for its number. */
function refuseLinked(digits: string, instances: Iterable<ManagedInstance>): void {
  for (const { id, context } of instances) {
    // Known as long as the account is linked, also while nothing runs.
    const { me } = context;
    if ((me?.phoneNumber ?? me?.id.split('@')[0]) !== digits) continue;
    throw new LifecycleError('NUMBER_ALREADY_LINKED', {
      message: `Instance "${id}" is linked to this number, and asking WhatsApp for a code would end that link. Use "${id}", or log it out first.`,
      details: { id, path: 'phoneNumber' },
    });
  }
}
