/** What people do to pair an instance: show its code, and give the passkey that WhatsApp asks for. */
import { LifecycleError } from '../domain/errors.js';
import { checkPasskeyAnswers, parsePasskeyAssertion } from '../domain/passkey.js';
import type { InstanceView, QrView } from '../instance/instance-view.js';
import type { Clock } from '../ports/clock.js';
import type { Driver } from '../ports/driver.js';
import { type WaitOptions, waitFor } from './instance-waits.js';
import type { ManagedInstance } from './managed-instance.js';
import { askPage, noCodeInTime, PAGE_DEADLINE_MS, shownCode } from './page-questions.js';

interface Pairing {
  readonly driver: Driver;
  readonly clock: Clock;
}

/** As `InstanceManager.qr`. */
export function currentCode(
  instance: ManagedInstance,
  { clock }: Pick<Pairing, 'clock'>,
  { timeoutMs = 0, signal }: WaitOptions,
): Promise<QrView> {
  const late = () => noCodeInTime(instance, timeoutMs);
  return waitFor(instance, clock, { timeoutMs, signal }, shownCode(instance), late);
}

/** As `InstanceManager.submitPasskey`. */
export async function submitPasskey(
  instance: ManagedInstance,
  { driver }: Pick<Pairing, 'driver'>,
  given: unknown,
  { timeoutMs: deadlineMs = PAGE_DEADLINE_MS }: WaitOptions,
): Promise<InstanceView> {
  const assertion = parsePasskeyAssertion(given);
  const { passkey, state, detail } = instance.view;
  if (passkey?.stage !== 'assertion')
    throw new LifecycleError('NO_PASSKEY', {
      message: `"${instance.id}" waits for no passkey: it is ${state} (${detail}). ${passkey ? 'It has one already.' : 'Scan its code first; WhatsApp asks for a passkey only where it wants one.'}`,
      details: { id: instance.id, state, detail },
    });
  checkPasskeyAnswers(assertion, passkey.options);
  await askPage(
    instance,
    'The page did not take the passkey',
    (ref) => driver.submitPasskey({ ...ref, assertion, deadlineMs }),
    { refused: 'NO_PASSKEY' },
  );
  await instance.flush();
  return instance.view;
}
