import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InstanceManager } from '@wakeeper/lifecycle';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { simulatedDriver } from '@wakeeper/lifecycle/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { call } from '../command-line.fixture.js';

const NUMBER = '4915112345678';
let folder: string;
let env: Record<string, string>;
let manager: InstanceManager | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wakeeper-field-report-'));
  env = { STORE_URL: `sqlite:${join(folder, 'wakeeper.db')}` };
});
afterEach(async () => {
  await manager?.close();
  manager = undefined;
  await rm(folder, { recursive: true });
});

const reported = async (...args: readonly string[]) => {
  const { code, out, err } = await call(['field-report', '--json', ...args], env);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Record<string, unknown>;
};

test('it tells what happened while the server goes on, after its end, and nothing of people', async () => {
  const driver = simulatedDriver({ openMs: 5, syncMs: 5, sendMs: 2, ackMs: 2, closeMs: 2, scanAfterMs: 5 });
  manager = await InstanceManager.open({
    driver,
    store: sqliteStore({ path: join(folder, 'wakeeper.db') }),
    checkHost: async () => true,
    sendIntervalMs: 0,
    restartBackoffMs: 1,
    drainTimeoutMs: 500,
  });
  // Facts are told when they are in the store.
  let readies = 0;
  manager.subscribe((fact) => {
    if (fact.type === 'instance.state' && fact.body.detail === 'healthy') readies += 1;
  });
  await manager.create({ id: 'anns-shop' });
  await expect.poll(() => readies).toBe(1);
  await manager.send('anns-shop', { type: 'message', payload: { to: NUMBER, text: 'Dear Ann' } });
  driver.whatsapp.phone('anns-shop').receive({ from: `${NUMBER}@c.us`, body: 'Hello' });
  driver.whatsapp.browser('anns-shop').exit();
  await expect.poll(() => readies).toBe(2);
  const told = {
    instances: 1,
    history: { whole: 1 },
    pairings: { made: 1, kept: 1, lost: 0, lostByCause: {} },
    restarts: { total: 1, byCause: { BROWSER_EXITED: 1 } },
    outages: { count: 1, longest: { instance: 'instance-1', cause: 'BROWSER_EXITED', isOver: true } },
    sends: { total: 1, byStatus: { sent: 1 } },
    uncertain: { total: 0 },
  };
  expect(await reported('--since', '1h')).toMatchObject(told);
  const { out } = await call(['field-report'], env);
  expect(out).toMatch(/^1 instance, from .*\n\nThe history of every instance reaches back/);
  expect(out).toContain('Restarts: 1 (1 BROWSER_EXITED).');
  expect(out + JSON.stringify(await reported())).not.toMatch(new RegExp(`ann|${NUMBER}|Hello`, 'i'));
  expect((await call(['field-report', '--names'], env)).out).toContain('anns-shop');
  await manager.close();
  manager = undefined;
  expect(await reported()).toMatchObject(told);
});

test('it is refused where there is nothing to read, with the next step', async () => {
  const missing = await call(['field-report'], env);
  expect(missing).toMatchObject({ code: 1, out: '', err: expect.stringContaining('There is no store at') });
  const memory = await call(['field-report', '--json'], { STORE_URL: 'memory:' });
  expect(JSON.parse(memory.err)).toMatchObject({
    error: { code: 'NOT_SUPPORTED', remedy: expect.stringContaining('STORE_URL') },
  });
});
