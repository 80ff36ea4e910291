/** The end of a manager: what is in flight settles, and every browser closes by itself so that its profile is flushed. */
import PQueue from 'p-queue';
import { messageOf } from '../domain/errors.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { Clock } from '../ports/clock.js';
import type { Driver } from '../ports/driver.js';
import type { Store } from '../ports/store.js';
import type { Log } from './log.js';
import type { ManagedInstance } from './managed-instance.js';
import { shuttingDown } from './refusals.js';

interface EndingDeps {
  readonly clock: Clock;
  readonly driver: Driver;
  readonly options: LifecycleOptions;
  readonly log: Log;
  /** Resolves when all that was heard is told, as far as the journals. Never rejects. */
  allTold(): Promise<void>;
}

/** Browsers closed at the same time. */
const CLOSING_CONCURRENCY = 32;
/** A driver keeps its own deadline; past this much more it is not waited for, so that the process can end. */
const CLOSE_GRACE_MS = 5_000;

/** As `InstanceManager.close`. @throws what `Store.close` throws */
export async function endManager(
  instances: readonly ManagedInstance[],
  machinery: EndingDeps & { readonly store: Store; end(): Promise<void> },
): Promise<void> {
  for (const instance of instances) instance.interrupt(shuttingDown());
  await endInstances(instances, machinery);
  await machinery.end();
  await endDriver(machinery);
  await machinery.store.close();
}

/** What people want of the instances stays as it is. Never rejects. */
async function endInstances(instances: readonly ManagedInstance[], deps: EndingDeps): Promise<void> {
  const { driver, options, log, clock } = deps;
  await Promise.all(instances.map((instance) => instance.queue.drain(options.drainTimeoutMs)));
  await deps.allTold();
  const flushed = await Promise.allSettled(instances.map((instance) => instance.flush()));
  const unkept = flushed.filter(({ status }) => status === 'rejected').length;
  if (unkept) log.error({ instances: unkept }, 'the store cannot write: the last state changes are not kept');
  for (const instance of instances) {
    instance.end();
    instance.closeJournal();
  }
  const closings = new PQueue({ concurrency: CLOSING_CONCURRENCY });
  const deadlineMs = options.closeTimeoutMs;
  const close = (instanceId: string) => () =>
    answered(driver.close({ instanceId, mode: 'graceful', deadlineMs }), clock, deadlineMs).catch((error) =>
      log.error({ instanceId, error: messageOf(error) }, 'the browser could not be closed'),
    );
  await closings.addAll(instances.map(({ id }) => close(id)));
}

/** Nothing of an instance that is stopped is kept. @throws LifecycleError STORE_UNAVAILABLE; DriverError */
export async function removeInstance(
  instance: ManagedInstance,
  { driver, store }: EndingDeps & { readonly store: Store },
): Promise<void> {
  await instance.flush();
  await driver.remove(instance.id);
  await store.instances.remove(instance.id, []);
  instance.closeJournal();
  instance.end();
}

/** After the instances: what the driver still holds. Never rejects. */
const endDriver = ({ driver, options, log, clock }: EndingDeps): Promise<void> =>
  answered(driver.shutdown(), clock, options.closeTimeoutMs).catch((error) =>
    log.error({ error: messageOf(error) }, 'the driver could not be shut down'),
  );

/** @throws Error when there is no answer in time; and what the call throws */
function answered(call: Promise<void>, clock: Clock, deadlineMs: number): Promise<void> {
  const ms = deadlineMs + CLOSE_GRACE_MS;
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(new Error(`No answer within ${ms} ms.`)), ms);
    call.then(resolve, reject).finally(() => clock.clearTimeout(timer));
  });
}
