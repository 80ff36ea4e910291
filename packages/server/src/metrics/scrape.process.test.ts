/**
 * A scrape blocks the event loop of everybody, so its cost is a promise: under 20 ms with 5,000 instances. It is measured as
 * processor time of this process, which neighbours on the machine do not stretch as they do the time on the clock.
 */
import { InstanceManager } from '@wakeeper/lifecycle';
import { memoryStore, SimulatedWhatsApp, simulatedDriver } from '@wakeeper/lifecycle/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Metrics } from './metrics.js';

const FLEET = 5_000;
/** With something in them. */
const QUEUES = 500;
const SCRAPES = 41;
const PROMISED_MS = 20;
/** What machines of others can do is not known: where CI is set, three times as much passes. */
const LIMIT_MS = process.env.CI ? 3 * PROMISED_MS : PROMISED_MS;

const metrics = { summed: new Metrics(), each: new Metrics({ perInstance: true }) };
let manager: InstanceManager;

beforeAll(async () => {
  const whatsapp = new SimulatedWhatsApp();
  manager = await InstanceManager.open({
    driver: metrics.summed.driver(simulatedDriver({ whatsapp })),
    store: metrics.summed.store(memoryStore()),
    observer: metrics.summed.observer,
    checkHost: async () => true,
    queueAcceptStates: ['stopped'],
    sendWaitMs: 0,
  });
  metrics.summed.follow(manager);
  metrics.each.follow(manager);
  await Promise.all(
    Array.from({ length: FLEET }, async (_, at) => {
      await manager.create({ id: `instance-${at}`, start: false });
      const payload = { to: '4915112345678', text: 'Hello' };
      if (at < QUEUES) await manager.send(`instance-${at}`, { type: 'message', payload });
    }),
  );
  // Every series that requests of this server can make.
  for (const route of Array.from({ length: 25 }, (_, at) => `/v1/route-${at}`))
    for (const status of [200, 400, 404, 409]) metrics.summed.answered({ method: 'GET', route, status }, 1);
});
afterAll(() => manager.close());

/** The median of processor milliseconds. */
async function cost(of: Metrics): Promise<number> {
  const costs: number[] = [];
  for (let scrape = 0; scrape < SCRAPES; scrape++) {
    const before = process.cpuUsage();
    await of.scrape();
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1000);
  }
  return costs.sort((a, b) => a - b)[(SCRAPES - 1) / 2] ?? Number.NaN;
}

describe(`a scrape of ${FLEET} instances`, () => {
  test(`costs less than ${LIMIT_MS} ms`, async () => {
    expect(await metrics.summed.scrape()).toContain(`wakeeper_instances{state="disconnected"} ${FLEET}\n`);
    expect(await cost(metrics.summed)).toBeLessThan(LIMIT_MS);
  });

  test('costs as little where each instance is told', async () => {
    expect((await metrics.each.scrape()).split('\n').length).toBeGreaterThan(FLEET);
    expect(await cost(metrics.each)).toBeLessThan(LIMIT_MS);
  });
});
