/** wakeeper itself: an InstanceManager over the simulated driver and the memory store. */
import { InstanceManager } from '@wakeeper/lifecycle';
import { memoryStore, simulatedDriver } from '@wakeeper/lifecycle/testing';
import { countdown, type Fleet, NO_TIME, type World } from './fleet.js';

export async function managedFleet({ ids, whatsapp }: World): Promise<Fleet> {
  const manager = await InstanceManager.open({
    driver: simulatedDriver({ whatsapp, ...NO_TIME }),
    store: memoryStore(),
    // The gate protects the machine from browsers, and there are none.
    maxConcurrentLaunches: ids.length,
    checkHost: async () => true,
  });
  return {
    create: async () => {
      await Promise.all(ids.map((id) => manager.create({ id, start: false })));
    },
    ready: async () => {
      const { zero, count } = countdown(ids.length);
      const unsubscribe = manager.subscribe(
        (fact) => {
          if (fact.type === 'instance.state' && fact.body.state === 'ready') count();
        },
        { types: ['instance.state'] },
      );
      await Promise.all(ids.map((id) => manager.start(id)));
      await zero;
      unsubscribe();
    },
    stop: () => manager.close(),
  };
}
