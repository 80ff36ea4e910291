/** Instances as the store has them: those that a manager finds when it opens, and one that is made now. */
import { parseInstanceId } from '../domain/instance-id.js';
import type { InstanceRecord } from '../domain/instance-record.js';
import { newRecord } from '../instance/instance-record.js';
import type { Store } from '../ports/store.js';
import { expectedNumber } from './expected-account.js';
import type { CreateOptions } from './manager-options.js';

/** How many items its queue has: in line, and held for a person. */
export interface QueueCounts {
  readonly depth: number;
  readonly held: number;
}

/** @throws LifecycleError STORE_UNAVAILABLE */
export async function keptInstances({
  instances,
  queue,
}: Store): Promise<readonly { readonly record: InstanceRecord; readonly counts: QueueCounts }[]> {
  const [records, depths, held] = await Promise.all([instances.load(), queue.depths(), queue.heldCounts()]);
  return records.map((record) => ({
    record,
    counts: { depth: depths.get(record.id) ?? 0, held: held.get(record.id) ?? 0 },
  }));
}

/** The record of a new instance. @throws LifecycleError INVALID_INPUT */
export function recordOf(
  { id, start = true, labels = {}, proxy = null, expectedAccount = null }: CreateOptions,
  { now, paired }: { readonly now: number; readonly paired: boolean },
): InstanceRecord {
  return newRecord({
    id: parseInstanceId(id),
    wanted: start ? 'running' : 'stopped',
    now,
    labels,
    proxy,
    paired,
    expectedAccount: expectedNumber(expectedAccount),
  });
}
