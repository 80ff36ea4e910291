/**
 * The same chart and the same driver child with one p-queue for each instance, and no manager: no record, no journal, no
 * facts, no durable queue, no view.
 */
import { resolveOptions, systemClock } from '@wakeeper/lifecycle';
import { simulatedDriver } from '@wakeeper/lifecycle/testing';
import PQueue from 'p-queue';
import { createActor } from 'xstate';
import { createInstanceMachine, newRecord } from '../lifecycle-internals.js';
import { countdown, type Fleet, NO_TIME, type World } from './fleet.js';

export async function bareFleet({ ids, whatsapp }: World): Promise<Fleet> {
  const driver = simulatedDriver({ whatsapp, ...NO_TIME });
  const options = resolveOptions();
  const queues = new Map<string, PQueue>();
  const { zero, count } = countdown(ids.length);
  const machine = createInstanceMachine({
    driver,
    clock: systemClock,
    pageSelfTest: () => options.pageSelfTest,
    proxyOf: () => null,
    labelsOf: () => ({}),
    expectedAccountOf: () => null,
    acquireLaunch: async () => {},
    releaseLaunch: () => {},
    openGate: (id) => {
      queues.get(id)?.start();
      count();
    },
    closeGate: (id) => queues.get(id)?.pause(),
    generationClosed: () => {},
    drain: async () => {},
    logout: async () => {},
    heard: () => {},
  });
  const newActor = (id: string) => {
    const record = newRecord({ id, wanted: 'stopped', now: Date.now() });
    return createActor(machine, { input: { record, options, restored: false }, clock: systemClock });
  };
  const actors: ReturnType<typeof newActor>[] = [];
  return {
    create: async () => {
      for (const id of ids) {
        queues.set(id, new PQueue({ concurrency: 1, autoStart: false }));
        const actor = newActor(id);
        actors.push(actor);
        actor.start();
      }
    },
    ready: () => {
      for (const actor of actors) actor.send({ type: 'instance.start' });
      return zero;
    },
    stop: async () => {
      for (const actor of actors) actor.stop();
      await driver.shutdown();
    },
  };
}
