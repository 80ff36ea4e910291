/** Readiness gates as events: nothing polls. */
import { LifecycleError } from '../domain/errors.js';
import type { InstanceView } from '../instance/instance-view.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { Clock } from '../ports/clock.js';
import { obstacleTo } from './admission.js';
import type { ManagedInstance } from './managed-instance.js';

export interface WaitOptions {
  /** Milliseconds. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Resolves with the first answer that is not undefined, asked now and after every change; with `late` at the timeout.
 * @throws what `ask` throws, the signal's reason, and the reason for which the instance's waits are interrupted
 */
export function waitFor<T>(
  instance: ManagedInstance,
  clock: Clock,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ask: () => T | undefined,
  late: () => T,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let timer: unknown = null;
    let release = () => {};
    let isOver = false;
    const end = (finish: () => void) => {
      isOver = true;
      release();
      if (timer !== null) clock.clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      finish();
    };
    const aborted = () => end(() => reject(signal?.reason));
    const attempt = (question: () => T | undefined) => {
      if (isOver) return;
      try {
        if (instance.interrupted) throw instance.interrupted;
        const answer = question();
        if (answer !== undefined) end(() => resolve(answer));
      } catch (error) {
        end(() => reject(error));
      }
    };
    if (signal?.aborted) return reject(signal.reason);
    signal?.addEventListener('abort', aborted, { once: true });
    release = instance.onChange(() => attempt(ask));
    if (timeoutMs > 0) timer = clock.setTimeout(() => attempt(late), timeoutMs);
    attempt(ask);
    if (timeoutMs <= 0) attempt(late);
  });
}

export interface ReadyOptions extends WaitOptions {
  /** Wait for somebody to scan, too, instead of being refused in `needs_qr`. False by default. */
  readonly awaitScan?: boolean;
}

interface Waiting {
  readonly clock: Clock;
  readonly options: LifecycleOptions;
}

/** As `InstanceManager.whenReady`. */
export async function untilReady(
  instance: ManagedInstance,
  { clock, options }: Waiting,
  { timeoutMs = options.readyTimeoutMs, signal, awaitScan = false }: ReadyOptions,
): Promise<InstanceView> {
  const late = timedOut(instance, 'Not ready', timeoutMs);
  return waitFor(instance, clock, { timeoutMs, signal }, readyView(instance, awaitScan), late);
}

/** Longer than any chain of deadlines from a stop to stopped. */
const STOP_MARGIN_MS = 15_000;

/** After a stop was asked for. @throws LifecycleError TIMEOUT */
export async function untilStopped(instance: ManagedInstance, { clock, options }: Waiting): Promise<void> {
  const { drainTimeoutMs, closeTimeoutMs, logoutTimeoutMs } = options;
  const timeoutMs = drainTimeoutMs + closeTimeoutMs + logoutTimeoutMs + STOP_MARGIN_MS;
  const isStopped = () => (instance.view.detail === 'stopped' ? true : undefined);
  await waitFor(instance, clock, { timeoutMs }, isStopped, timedOut(instance, 'Not stopped', timeoutMs));
}

const readyView = (instance: ManagedInstance, awaitScan: boolean) => (): InstanceView | undefined => {
  const { view } = instance;
  if (view.state === 'ready') return view;
  if (awaitScan && view.state === 'needs_qr') return undefined;
  const obstacle = obstacleTo(view);
  // A stop that is still going on is as final as one that has ended.
  if (obstacle)
    throw new LifecycleError(obstacle.code, { message: obstacle.message, details: { id: view.id } });
  return undefined;
};

const timedOut = (instance: ManagedInstance, what: string, timeoutMs: number) => (): never => {
  const { state, detail, reason } = instance.view;
  throw new LifecycleError('TIMEOUT', {
    message: `${what} within ${timeoutMs} ms: the instance is ${state} (${detail}). ${reason ?? ''}`.trim(),
    details: { id: instance.id, state, detail },
  });
};
