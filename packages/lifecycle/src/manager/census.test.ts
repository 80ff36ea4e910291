/** All instances counted at once. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { simulatedDriver } from '../drivers/simulated/simulated-driver.js';
import { SimulatedWhatsApp } from '../drivers/simulated/simulated-whatsapp.js';
import { VirtualClock } from '../ports/virtual-clock.js';
import { MemoryData } from '../stores/memory/memory-data.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { InstanceManager } from './instance-manager.js';

const clock = new VirtualClock();
let whatsapp: SimulatedWhatsApp;
let data: MemoryData;
let manager: InstanceManager;

const open = async () => {
  manager = await InstanceManager.open({
    driver: simulatedDriver({ whatsapp, clock }),
    store: memoryStore({ data }),
    clock,
    checkHost: async () => true,
    maxConcurrentLaunches: 1,
    sendWaitMs: 0,
  });
};
const close = async () => {
  let isClosed = false;
  void manager.close().then(() => {
    isClosed = true;
  });
  await clock.until(() => isClosed);
};
const accept = async (id: string, text: string): Promise<string> => {
  const receipt = await manager.send(id, { type: 'message', payload: { to: '4915112345678', text } });
  return receipt.queueId ?? '';
};
const reach = (id: string, word: string) =>
  clock.until(() => [manager.get(id).state, manager.get(id).detail].includes(word));

beforeEach(async () => {
  whatsapp = new SimulatedWhatsApp();
  data = new MemoryData();
  await open();
});
afterEach(close);

it('counts states, what is wanted, what the budget has paid, and who waits at the gate', async () => {
  for (const id of ['a', 'b', 'c']) whatsapp.pair(id);
  whatsapp.faults('b').always('open', { reject: 'BROWSER_NOT_FOUND' });
  await manager.create({ id: 'a' });
  await reach('a', 'ready');
  whatsapp.browser('a').exit();
  await reach('a', 'disconnected');
  await reach('a', 'ready');
  await manager.create({ id: 'b' });
  await reach('b', 'halted');
  await manager.create({ id: 'stopped', start: false });
  await manager.create({ id: 'c' });
  await manager.create({ id: 'd' });
  const seen: string[] = [];
  expect(manager.census((id, state) => seen.push(`${id} ${state}`))).toEqual({
    instances: { ready: 1, connecting: 2, disconnected: 1, needs_qr: 0, error: 1 },
    wanted: 4,
    cooling: 0,
    halted: 1,
    incompatible: 0,
    missingCapabilities: {},
    restartsUsed: 1,
    queueDepth: 0,
    held: 0,
    longestQueue: 0,
    oldestItemAt: null,
    launching: 1,
    launchesWaiting: 1,
  });
  expect(seen).toEqual(['a ready', 'b error', 'stopped disconnected', 'c connecting', 'd connecting']);
});

it('knows how much waits, where most waits, and since when', async () => {
  whatsapp.faults('a').always('open', 'hang');
  await manager.create({ id: 'a' });
  await manager.create({ id: 'b' });
  const first = clock.now();
  const oldest = await accept('a', 'one');
  await clock.advance(1000);
  for (const text of ['two', 'three']) await accept('b', text);
  await accept('a', 'four');
  await accept('a', 'five');
  expect(manager.census()).toMatchObject({ queueDepth: 5, longestQueue: 3, oldestItemAt: first });
  await manager.cancel('a', oldest);
  // Of that queue it is not known any more: it is looked up, and there for the next one who asks.
  expect(manager.census().oldestItemAt).toBe(first + 1000);
  await clock.advance(0);
  expect(manager.census()).toMatchObject({ queueDepth: 4, oldestItemAt: first + 1000 });
});

it('finds out after a boot, and forgets what has been sent', async () => {
  whatsapp.pair('a');
  whatsapp.faults('a').next('open', 'hang');
  await manager.create({ id: 'a' });
  const first = clock.now();
  await accept('a', 'one');
  await accept('a', 'two');
  await close();
  await clock.advance(60_000);
  await open();
  expect(manager.census()).toMatchObject({ queueDepth: 2, oldestItemAt: null });
  await clock.advance(0);
  expect(manager.census()).toMatchObject({ queueDepth: 2, oldestItemAt: first });
  await clock.until(() => manager.get('a').queueDepth === 0);
  expect(manager.census()).toMatchObject({ queueDepth: 0, oldestItemAt: null });
});
