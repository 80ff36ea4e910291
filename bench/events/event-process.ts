/** A process that measures one way in which events reach ten listeners: `event-process.ts <memory|sqlite|emitter>`. */
import { EventEmitter } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { InstanceManager } from '@wakeeper/lifecycle';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { memoryStore, SimulatedWhatsApp, simulatedDriver } from '@wakeeper/lifecycle/testing';
import { countdown, NO_TIME } from '../fleets/fleet.js';

export type EventKind = 'memory' | 'sqlite' | 'emitter';
export interface EventFigures {
  /** Events that every subscriber has heard. */
  readonly perSecond: number;
}

const INSTANCES = 100;
const SUBSCRIBERS = 10;
/** So many messages come in between two turns of the loop: one a page. */
const BURST = INSTANCES;
const BURSTS = { memory: 200, sqlite: 100, emitter: 20_000 } as const;
const WARM_UP_SHARE = 0.2;

interface Wire {
  /** One message comes in at this instance. */
  readonly say: (instance: number) => void;
  readonly hear: (listener: () => void) => () => void;
  readonly end: () => Promise<void>;
}

function emitterWire(): Wire {
  const emitter = new EventEmitter<{ message: [object] }>();
  let messages = 0;
  return {
    say: (instance) => {
      messages += 1;
      emitter.emit('message', { instance, messageId: `false_${messages}`, body: 'Hello' });
    },
    hear: (listener) => {
      emitter.on('message', listener);
      return () => emitter.off('message', listener);
    },
    end: async () => {},
  };
}

async function managedWire(kind: 'memory' | 'sqlite', folder: string): Promise<Wire> {
  const whatsapp = new SimulatedWhatsApp();
  const ids = Array.from({ length: INSTANCES }, (_, index) => `instance-${index}`);
  for (const id of ids) whatsapp.pair(id);
  const manager = await InstanceManager.open({
    driver: simulatedDriver({ whatsapp, ...NO_TIME }),
    store: kind === 'memory' ? memoryStore() : sqliteStore({ path: join(folder, 'events.db') }),
    maxConcurrentLaunches: INSTANCES,
    checkHost: async () => true,
  });
  await Promise.all(ids.map((id) => manager.create({ id })));
  await Promise.all(ids.map((id) => manager.whenReady(id)));
  const phones = ids.map((id) => whatsapp.phone(id));
  return {
    say: (instance) => void phones[instance]?.receive(),
    hear: (listener) => manager.subscribe(listener, { types: ['message.received'] }),
    end: () => manager.close(),
  };
}

/** Events a second, from the first word to the last subscriber. */
async function rateOf({ say, hear }: Wire, bursts: number): Promise<number> {
  const events = bursts * BURST;
  const { zero, count } = countdown(events * SUBSCRIBERS);
  const stops = Array.from({ length: SUBSCRIBERS }, () => hear(count));
  const began = performance.now();
  for (let burst = 0; burst < bursts; burst += 1) {
    for (let instance = 0; instance < BURST; instance += 1) say(instance);
    await turn();
  }
  await zero;
  const tookMs = performance.now() - began;
  for (const stop of stops) stop();
  return (events * 1000) / tookMs;
}

const DISK = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));
await mkdir(DISK, { recursive: true });
const folder = await mkdtemp(join(DISK, 'wakeeper-events-'));
try {
  const kind = process.argv[2];
  if (kind !== 'memory' && kind !== 'sqlite' && kind !== 'emitter') throw new Error(`no events of "${kind}"`);
  const wire = kind === 'emitter' ? emitterWire() : await managedWire(kind, folder);
  await rateOf(wire, BURSTS[kind] * WARM_UP_SHARE);
  const perSecond = await rateOf(wire, BURSTS[kind]);
  await wire.end();
  console.log(JSON.stringify({ perSecond } satisfies EventFigures));
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(0);
