/**
 * The store without a disk: for tests, simulation and trying out. It has no timer, no clock and no chance, so a run
 * under a virtual clock replays exactly; nothing survives the process, unless a test keeps the data.
 */
import { LifecycleError } from '../../domain/errors.js';
import type { InstanceStore, Store } from '../../ports/store.js';
import { MemoryAccess } from './memory-access.js';
import { frozenCopy, MemoryData } from './memory-data.js';
import { memoryFactStore } from './memory-fact-store.js';
import { memoryInboxStore } from './memory-inbox-store.js';
import { memoryQueueStore } from './memory-queue-store.js';
import { memoryWebhookStore, planDeliveries } from './memory-webhook-store.js';

export interface MemoryStoreOptions {
  /** What the store works on. Give the same data to another store to open it again, as after a restart. Default: new. */
  readonly data?: MemoryData;
}

/** @example const store = memoryStore(); await store.open(); */
export function memoryStore({ data = new MemoryData() }: MemoryStoreOptions = {}): Store {
  const access = new MemoryAccess(data);
  return {
    open: async () => access.open(),
    close: async () => access.close(),
    check: () => access.write(() => undefined),
    instances: memoryInstanceStore(access),
    queue: memoryQueueStore(access),
    facts: memoryFactStore(access),
    webhooks: memoryWebhookStore(access),
    inbox: memoryInboxStore(access),
  };
}

function memoryInstanceStore(access: MemoryAccess): InstanceStore {
  return {
    load: () => access.read((data) => [...data.instances.values()].sort((a, b) => (a.id < b.id ? -1 : 1))),
    save: (record, facts) =>
      access.write((data) => {
        const [copy, drafts] = frozenCopy([record, facts] as const);
        data.instances.set(copy.id, copy);
        return data.append(drafts);
      }),
    insert: (record, facts) =>
      access.write((data) => {
        const [copy, drafts] = frozenCopy([record, facts] as const);
        if (data.instances.has(record.id)) {
          throw new LifecycleError('INSTANCE_EXISTS', {
            message: `There is an instance ${record.id} already.`,
          });
        }
        data.instances.set(copy.id, copy);
        return data.append(drafts);
      }),
    remove: (instanceId, facts) =>
      access.write((data) => {
        const drafts = frozenCopy(facts);
        planDeliveries(data);
        data.instances.delete(instanceId);
        for (const id of data.queues.get(instanceId)?.items.keys() ?? []) data.itemIds.delete(id);
        data.queues.delete(instanceId);
        data.inboxes.delete(instanceId);
        data.told.delete(instanceId);
        data.facts = data.facts.filter(
          (fact) => fact.instanceId !== instanceId || fact.type !== 'instance.state',
        );
        return data.append(drafts);
      }),
  };
}
