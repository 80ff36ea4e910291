/** The end of a manager: what is in flight settles, and every browser closes by itself so that its profile is flushed. */
import PQueue from 'p-queue';
import { messageOf } from '../domain/errors.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { Driver } from '../ports/driver.js';
import type { Log } from './log.js';
import type { ManagedInstance } from './managed-instance.js';

interface EndingDeps {
  readonly driver: Driver;
  readonly options: LifecycleOptions;
  readonly log: Log;
}

/** Browsers closed at the same time. */
const CLOSING_CONCURRENCY = 32;

/** What people want of the instances stays as it is. Never rejects. */
export async function endInstances(
  instances: readonly ManagedInstance[],
  { driver, options, log }: EndingDeps,
): Promise<void> {
  await Promise.all(instances.map((instance) => instance.queue.drain(options.drainTimeoutMs)));
  const flushed = await Promise.allSettled(instances.map((instance) => instance.flush()));
  const unkept = flushed.filter(({ status }) => status === 'rejected').length;
  if (unkept) log.error({ instances: unkept }, 'the store cannot write: the last state changes are not kept');
  for (const instance of instances) {
    instance.end();
    instance.closeJournal();
  }
  const closings = new PQueue({ concurrency: CLOSING_CONCURRENCY });
  const close = (instanceId: string) => () =>
    driver
      .close({ instanceId, mode: 'graceful', deadlineMs: options.closeTimeoutMs })
      .catch((error) =>
        log.error({ instanceId, error: messageOf(error) }, 'the browser could not be closed'),
      );
  await closings.addAll(instances.map(({ id }) => close(id)));
}
