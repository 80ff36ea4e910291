/** Every answer comes by its deadline, whatever happens behind it. */
import { LifecycleError } from '@wakeeper/lifecycle';

/** Beyond the deadline that the library was given: its own refusal says more than ours. */
const GRACE_MS = 1000;

/** What a call of the library is given to keep to. */
export interface Limits {
  readonly timeoutMs: number;
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal;
}

/**
 * What `work` resolves to. It is given the time it has in `timeoutMs`; when it keeps neither to that nor to its signal,
 * TIMEOUT answers in its place a moment later.
 * @throws LifecycleError TIMEOUT
 */
export async function byDeadline<T>(
  request: Request,
  timeoutMs: number,
  work: (limits: Limits) => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new LifecycleError('TIMEOUT', { message: `There was no answer within ${timeoutMs / 1000} s.` }),
        ),
      timeoutMs + GRACE_MS,
    );
  });
  try {
    return await Promise.race([work({ timeoutMs, signal: request.signal }), late]);
  } finally {
    clearTimeout(timer);
  }
}
