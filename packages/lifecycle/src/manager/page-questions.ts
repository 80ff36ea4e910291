/** Questions that only the page of an instance can answer: its code, a pairing code, a picture. */
import { type ErrorCode, LifecycleError, messageOf } from '../domain/errors.js';
import type { PageCapability } from '../domain/page-report.js';
import { readPhoneNumber } from '../domain/phone-number.js';
import type { QrView } from '../instance/instance-view.js';
import { DriverError, type DriverFailure, type GenerationRef } from '../ports/driver.js';
import { cannot, obstacleTo } from './admission.js';
import type { ManagedInstance } from './managed-instance.js';

/** Deadline of a question to the page, when the caller sets none. */
export const PAGE_DEADLINE_MS = 30_000;

/** The code, or undefined while one may still come. @throws LifecycleError NO_QR when none will */
export const shownCode = (instance: ManagedInstance) => (): QrView | undefined => {
  const { qr, qrIssuedAt, qrUntil, passkey } = instance.context;
  if (qr !== null) return { qr, issuedAt: qrIssuedAt ?? 0, expiresAt: qrUntil ?? 0 };
  if (passkey) throw noCode(instance, 'A code was scanned already.');
  const { view } = instance;
  const obstacle = view.state === 'needs_qr' ? null : obstacleTo(view);
  if (view.state === 'ready') throw noCode(instance, 'It is ready: there is nothing to scan.');
  if (obstacle) throw noCode(instance, obstacle.message);
  return undefined;
};

/** @throws LifecycleError NO_QR, or TIMEOUT when it was waited for and may still come */
export function noCodeInTime(instance: ManagedInstance, waitedMs: number): never {
  const error = noCode(instance, 'No code is shown yet: ask again, or wait for it.');
  const mayCome = instance.view.state !== 'error';
  if (waitedMs === 0 || !mayCome) throw error;
  throw new LifecycleError('TIMEOUT', { message: error.message, details: error.details });
}

function noCode(instance: ManagedInstance, why: string): LifecycleError {
  const { state, detail, reason } = instance.view;
  const cause = reason === null || why.includes(reason) ? '' : ` ${reason}`;
  return new LifecycleError('NO_QR', {
    message: `"${instance.id}" shows no code: it is ${state} (${detail}). ${why}${cause}`,
    details: { id: instance.id, state, detail },
  });
}

/** The digits of a phone number. @throws LifecycleError INVALID_INPUT */
export function phoneDigits(phoneNumber: string, path = 'phoneNumber'): string {
  const number = readPhoneNumber(phoneNumber);
  if ('digits' in number) return number.digits;
  throw new LifecycleError('INVALID_INPUT', {
    message: `"${path}" ${number.wrong}.`,
    details: { path },
  });
}

export interface Asking {
  /** The code where the page is there and refuses to answer. */
  readonly refused?: ErrorCode;
  /** What the page must be able to do. */
  readonly needs?: PageCapability;
}

const notSupported = (id: string, capability: PageCapability, cause?: unknown): LifecycleError =>
  new LifecycleError('NOT_SUPPORTED', { message: cannot(capability), details: { id, capability }, cause });

/**
 * @throws LifecycleError NOT_SUPPORTED with details.capability when the page cannot do it, INSTANCE_NOT_READY when no page can answer now, TIMEOUT when it does not answer in time, `refused`
 */
export async function askPage<T>(
  instance: ManagedInstance,
  what: string,
  question: (ref: GenerationRef) => Promise<T>,
  { refused = 'INSTANCE_NOT_READY', needs }: Asking = {},
): Promise<T> {
  const { id: instanceId, live: generation } = instance;
  const { state, detail } = instance.view;
  const details = { id: instanceId, state, detail };
  if (needs && instance.off.includes(needs)) throw notSupported(instanceId, needs);
  if (generation === null)
    throw new LifecycleError('INSTANCE_NOT_READY', {
      message: `No browser of "${instanceId}" is open: it is ${state} (${detail}).`,
      details,
    });
  try {
    return await question({ instanceId, generation });
  } catch (error) {
    const failure = error instanceof DriverError ? error.failure : null;
    if (needs && failure?.code === 'INCOMPATIBLE_PAGE') throw notSupported(instanceId, needs, error);
    throw new LifecycleError(codeOf(failure, refused), {
      message: `${what}: ${failure?.message ?? messageOf(error)}`,
      details,
      cause: error,
    });
  }
}

/**
 * As `askPage`, of an instance that is ready.
 * @throws LifecycleError NEEDS_QR, INSTANCE_STOPPED, INSTANCE_ERROR, INSTANCE_NOT_READY when nobody can be asked now, and as
 * `askPage`
 */
export async function askReady<T>(
  instance: ManagedInstance,
  what: string,
  question: (ref: GenerationRef) => Promise<T>,
  asking?: Asking,
): Promise<T> {
  const { view } = instance;
  const obstacle = obstacleTo(view);
  if (view.state !== 'ready')
    throw new LifecycleError(obstacle?.code ?? 'INSTANCE_NOT_READY', {
      message: `${what}: ${obstacle?.message ?? `the instance is ${view.state} (${view.detail}).`}`,
      details: { id: view.id, state: view.state, detail: view.detail },
    });
  return askPage(instance, what, question, asking);
}

function codeOf(failure: DriverFailure | null, refused: ErrorCode): ErrorCode {
  switch (failure?.code) {
    case undefined:
    case 'PAGE_HUNG':
      return 'TIMEOUT';
    case 'PROBE_FAILED':
    case 'INCOMPATIBLE_PAGE':
      return refused;
    default:
      return 'INSTANCE_NOT_READY';
  }
}
