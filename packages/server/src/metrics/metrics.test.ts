/** Metrics after lives that a test has written, on a clock that it moves. */
import { INSTANCE_STATES, InstanceManager, type InstanceRecord } from '@wakeeper/lifecycle';
import { memoryStore, SimulatedWhatsApp, simulatedDriver, VirtualClock } from '@wakeeper/lifecycle/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebhookScene } from '../webhooks/webhook-scene.fixture.js';
import { Metrics } from './metrics.js';

const clock = new VirtualClock();
let whatsapp: SimulatedWhatsApp;
let hostIsUp: boolean;
let manager: InstanceManager;
let metrics: Metrics;

const open = async (perInstance = false) => {
  const now = () => clock.now();
  metrics = new Metrics({ process: false, perInstance, now, ticks: now });
  manager = await InstanceManager.open({
    driver: metrics.driver(simulatedDriver({ whatsapp, clock, spreadShare: 0, scanAfterMs: undefined })),
    store: metrics.store(memoryStore()),
    observer: metrics.observer,
    clock,
    checkHost: async () => hostIsUp,
    sendWaitMs: 0,
    maxQueueSize: 10,
    restartBackoffMs: 0,
  });
  metrics.follow(manager);
};
const close = async () => {
  let isClosed = false;
  void manager.close().then(() => {
    isClosed = true;
  });
  await clock.until(() => isClosed);
};
const record: InstanceRecord = {
  id: 'shop',
  wanted: 'stopped',
  state: 'disconnected',
  detail: 'stopped',
  since: 0,
  reason: null,
  generation: 0,
  restarts: [],
  attempts: 0,
  lastError: null,
  paired: false,
  me: null,
  account: null,
  expectedAccount: null,
  isBehind: false,
  restriction: null,
  labels: {},
  proxy: null,
  createdAt: 0,
};
const reach = (id: string, word: string) =>
  clock.until(() => [manager.get(id).state, manager.get(id).detail].includes(word));
const ready = async (id: string) => {
  whatsapp.pair(id);
  await manager.create({ id });
  await reach(id, 'ready');
};
const send = (id: string, text = 'Hello') =>
  manager.send(id, { type: 'message', payload: { to: '4915112345678', text } });

/** The samples of a metric, without those that are 0: labels as they are written, and the value. */
async function samples(name: string): Promise<Record<string, number>> {
  const lines = (await metrics.scrape()).split('\n').filter((line) => /^\w+/.exec(line)?.[0] === name);
  const read = lines.map((line) => {
    const [, labels = '', value] = /^\w+({.*})? (\S+)$/.exec(line) ?? [];
    return [labels, Number(value)] as const;
  });
  return Object.fromEntries(read.filter(([, value]) => value !== 0));
}
const value = async (name: string): Promise<number> => (await samples(name))[''] ?? 0;

beforeEach(async () => {
  whatsapp = new SimulatedWhatsApp();
  hostIsUp = true;
  await open();
});
afterEach(close);

test('what has never failed is counted as 0, so that the first failure is seen to rise', async () => {
  const page = await metrics.scrape();
  for (const line of [
    'wakeeper_messages_sent_total{result="failed"} 0',
    'wakeeper_health_checks_total{result="failed"} 0',
    'wakeeper_webhook_attempts_total{result="failed"} 0',
    'wakeeper_store_commit_duration_seconds_count{result="failed"} 0',
    'wakeeper_store_read_duration_seconds_count{result="failed"} 0',
  ])
    expect(page).toContain(`\n${line}\n`);
});

describe('instances', () => {
  test('are counted by state, and by what only a person or time can mend', async () => {
    await ready('a');
    await manager.create({ id: 'stopped', start: false });
    await manager.create({ id: 'new' });
    await reach('new', 'showing');
    whatsapp.faults('broken').always('open', { reject: 'BROWSER_NOT_FOUND' });
    await manager.create({ id: 'broken' });
    await reach('broken', 'halted');
    expect(await samples('wakeeper_instances')).toEqual({
      '{state="ready"}': 1,
      '{state="disconnected"}': 1,
      '{state="needs_qr"}': 1,
      '{state="error"}': 1,
    });
    expect(await value('wakeeper_instances_wanted')).toBe(3);
    expect(await value('wakeeper_instances_halted')).toBe(1);
    expect(await value('wakeeper_instances_cooling')).toBe(0);
    expect(await samples('wakeeper_instance_state')).toEqual({});
  });

  test('are told one by one where that is asked for', async () => {
    await close();
    await open(true);
    await ready('shop');
    await manager.create({ id: 'stopped', start: false });
    expect(await samples('wakeeper_instance_state')).toEqual({
      '{instance_id="shop",state="ready"}': 1,
      '{instance_id="stopped",state="disconnected"}': 1,
    });
    expect(await metrics.scrape()).toMatch(/\n# TYPE wakeeper_instance_state gauge\n[^#]*\n$/);
  });

  test('that are not there are counted as none', async () => {
    const page = await metrics.scrape();
    for (const state of INSTANCE_STATES) expect(page).toContain(`\nwakeeper_instances{state="${state}"} 0\n`);
  });
});

describe('a life', () => {
  test('is counted: transitions, browsers, restarts by rung and cause, and how long ready was gone', async () => {
    await ready('shop');
    whatsapp.faults('shop').next('open', { reject: 'LAUNCH_FAILED' });
    const lost = clock.now();
    whatsapp.browser('shop').exit();
    await reach('shop', 'disconnected');
    await reach('shop', 'ready');
    const goneMs = clock.now() - lost;
    expect(await samples('wakeeper_transitions_total')).toEqual({
      '{from="disconnected",to="connecting"}': 3,
      '{from="connecting",to="ready"}': 2,
      '{from="ready",to="disconnected"}': 1,
      '{from="connecting",to="disconnected"}': 1,
    });
    expect(await samples('wakeeper_restarts_total')).toEqual({
      '{rung="soft",cause="BROWSER_EXITED"}': 1,
      '{rung="hard",cause="LAUNCH_FAILED"}': 1,
    });
    expect(await value('wakeeper_restart_budget_used')).toBe(2);
    expect(await samples('wakeeper_browser_starts_total')).toEqual({
      '{rung="hard",result="opened"}': 2,
      '{rung="soft",result="failed"}': 1,
    });
    expect(await samples('wakeeper_ready_duration_seconds_count')).toEqual({ '{rung="hard"}': 2 });
    // A page takes 400 ms to load and 600 ms to become ready, in this world without chance.
    expect((await samples('wakeeper_ready_duration_seconds_sum'))['{rung="hard"}']).toBeCloseTo(2, 6);
    expect(await value('wakeeper_recovery_duration_seconds_count')).toBe(1);
    expect(await value('wakeeper_recovery_duration_seconds_sum')).toBeCloseTo(goneMs / 1000, 6);
  });

  test('that a person ends is no recovery, and one that begins with a scan is no time to ready', async () => {
    await manager.create({ id: 'shop' });
    await reach('shop', 'showing');
    await clock.advance(120_000);
    whatsapp.phone('shop').scan();
    await reach('shop', 'ready');
    expect(await samples('wakeeper_ready_duration_seconds_count')).toEqual({});
    await manager.stop('shop');
    await reach('shop', 'stopped');
    await clock.advance(120_000);
    await manager.start('shop');
    await reach('shop', 'ready');
    expect(await value('wakeeper_recovery_duration_seconds_count')).toBe(0);
    expect(await samples('wakeeper_ready_duration_seconds_count')).toEqual({ '{rung="hard"}': 1 });
  });

  test('is looked after: health checks that were answered, and those that were not', async () => {
    await ready('shop');
    await clock.advance(90_000);
    const answered = (await samples('wakeeper_health_checks_total'))['{result="ok"}'] ?? 0;
    expect(answered).toBeGreaterThanOrEqual(2);
    whatsapp.browser('shop').hang();
    await reach('shop', 'disconnected');
    expect((await samples('wakeeper_health_checks_total'))['{result="failed"}']).toBe(3);
  });

  test('that the budget ends is cooling; who waits for the gate is told', async () => {
    whatsapp.faults('shop').always('open', { reject: 'LAUNCH_FAILED' });
    await manager.create({ id: 'shop' });
    await reach('shop', 'cooling');
    expect(await value('wakeeper_instances_cooling')).toBe(1);
    whatsapp.faults('hung').always('open', 'hang');
    const gate = manager.options.maxConcurrentLaunches;
    for (let at = 0; at < gate + 2; at++) {
      whatsapp.faults(`hung${at}`).always('open', 'hang');
      await manager.create({ id: `hung${at}` });
    }
    expect(await value('wakeeper_launches_running')).toBe(gate);
    expect(await value('wakeeper_launches_waiting')).toBe(2);
  });
});

describe('queues', () => {
  test('are told by their depth, the deepest one, and the age of the oldest item', async () => {
    whatsapp.faults('a').always('open', 'hang');
    whatsapp.faults('b').always('open', 'hang');
    await manager.create({ id: 'a' });
    await manager.create({ id: 'b' });
    await send('a');
    await clock.advance(90_000);
    await send('b');
    await send('b');
    expect(await value('wakeeper_queue_depth')).toBe(3);
    expect(await value('wakeeper_queue_depth_max')).toBe(2);
    expect(await value('wakeeper_queue_held')).toBe(0);
    expect(await value('wakeeper_queue_oldest_age_seconds')).toBe(90);
    expect(await value('wakeeper_queue_max_size')).toBe(10);
  });

  test('are counted by what went in and how it came out', async () => {
    await ready('shop');
    await send('shop');
    await clock.until(() => manager.get('shop').queueDepth === 0);
    whatsapp.faults('shop').next('send', { refused: 'RECIPIENT_NOT_FOUND' });
    await manager.send('shop', {
      type: 'poll',
      payload: { to: '4915112345678', question: 'Lunch?', options: ['yes', 'no'] },
    });
    await clock.until(() => manager.get('shop').queueDepth === 0);
    await manager.stop('shop');
    await reach('shop', 'stopped');
    await manager.start('shop');
    const { queueId } = await send('shop');
    await manager.cancel('shop', queueId ?? '');
    await reach('shop', 'ready');
    whatsapp.phone('shop').receive();
    await clock.advance(1);
    expect(await samples('wakeeper_messages_queued_total')).toEqual({
      '{type="message"}': 2,
      '{type="poll"}': 1,
    });
    expect(await samples('wakeeper_messages_sent_total')).toEqual({
      '{result="sent"}': 1,
      '{result="failed"}': 1,
      '{result="cancelled"}': 1,
    });
    expect(await value('wakeeper_messages_received_total')).toBe(1);
    expect(await samples('wakeeper_send_duration_seconds_count')).toEqual({
      '{outcome="added"}': 1,
      '{outcome="refused"}': 1,
    });
    // It takes 40 ms until a message is in the chat.
    expect((await samples('wakeeper_send_duration_seconds_sum'))['{outcome="added"}']).toBeCloseTo(0.04, 6);
  });
});

test('alerts are told while they are raised, by their kind', async () => {
  for (const id of ['a', 'b', 'c']) await ready(id);
  hostIsUp = false;
  for (const id of ['a', 'b', 'c']) whatsapp.browser(id).setSocketState('TIMEOUT');
  await clock.advance(10_000);
  expect(await samples('wakeeper_alert_active')).toEqual({ '{alert="host_offline"}': 1 });
  hostIsUp = true;
  await clock.advance(10_000);
  expect(await samples('wakeeper_alert_active')).toEqual({});
  expect(await samples('wakeeper_alerts_raised_total')).toEqual({ '{alert="host_offline"}': 1 });

  const webhookAlert = (type: 'alert.raised' | 'alert.resolved', id: string, number: number) =>
    manager.publish([
      {
        type,
        number,
        instanceId: null,
        at: clock.now(),
        body: { name: `webhook_failing:${id}`, message: 'It fails.', instances: [] },
      },
    ]);
  webhookAlert('alert.raised', 'wh_1', 101);
  webhookAlert('alert.raised', 'wh_2', 102);
  webhookAlert('alert.resolved', 'wh_1', 103);
  expect(await samples('wakeeper_alert_active')).toEqual({ '{alert="webhook_failing"}': 1 });
  expect(await samples('wakeeper_alerts_raised_total')).toEqual({
    '{alert="host_offline"}': 1,
    '{alert="webhook_failing"}': 2,
  });
});

test('an alert of an instance stands for each of them', async () => {
  for (const id of ['a', 'b']) {
    await ready(id);
    whatsapp.browser(id).say({ type: 'actionRequired', heading: 'News', labels: ['Go on'] });
  }
  await clock.advance(1);
  expect(await samples('wakeeper_alert_active')).toEqual({ '{alert="action_required"}': 2 });
  whatsapp.browser('a').say({ type: 'actionTaken' });
  await clock.advance(1);
  expect(await samples('wakeeper_alert_active')).toEqual({ '{alert="action_required"}': 1 });
});

test('a restriction that a process before this one has reported stands', async () => {
  await ready('a');
  whatsapp.restrict('a', { kind: 'RESTRICT_ALL_COMPANIONS', until: null });
  await clock.advance(1);
  const later = new Metrics();
  later.follow(manager);
  expect(await later.scrape()).toContain('wakeeper_alert_active{alert="account_restricted"} 1');
});

describe('the store', () => {
  test('is timed, writes apart from reads; a refusal by its rules is an answer', async () => {
    const store = metrics.store(memoryStore());
    const before = await samples('wakeeper_store_commit_duration_seconds_count');
    await store.open();
    await store.check();
    await store.queue.head('nobody');
    await store.instances.insert(record, []);
    await expect(store.instances.insert(record, [])).rejects.toMatchObject({ code: 'INSTANCE_EXISTS' });
    await store.close();
    await expect(store.check()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const after = await samples('wakeeper_store_commit_duration_seconds_count');
    expect((after['{result="ok"}'] ?? 0) - (before['{result="ok"}'] ?? 0)).toBe(3);
    expect(after['{result="failed"}']).toBe(1);
    expect(await samples('wakeeper_store_read_duration_seconds_count')).toEqual({ '{result="ok"}': 4 });
  });
});

test('accounts that may open no new chats are counted, and messages that cannot be read', async () => {
  const restricted = async () => (await samples('wakeeper_alert_active'))['{alert="account_restricted"}'];
  for (const id of ['a', 'b']) {
    await ready(id);
    whatsapp.restrict(id, { kind: 'RESTRICT_ALL_COMPANIONS', until: null });
  }
  await clock.advance(1);
  expect(await restricted()).toBe(2);
  whatsapp.restrict('b', null);
  await clock.advance(1);
  expect(await restricted()).toBe(1);
  whatsapp.phone('a').receive({ unreadable: true });
  await clock.advance(660_000);
  expect(await samples('wakeeper_messages_unreadable_total')).toEqual({ '': 1 });
});

test('an alert about a webhook is told over a restart, until it is resolved', async () => {
  const scene = await WebhookScene.open();
  try {
    scene.receiver.answer = () => 500;
    await scene.subscribe();
    await scene.happen('a', 'b', 'c', 'd', 'e', 'f');
    await scene.clock.until(() => scene.alerts().length === 1);
    await scene.boot();
    const restarted = new Metrics({ process: false });
    restarted.follow(scene.manager);
    restarted.followWebhooks(scene.webhooks);
    expect(await restarted.scrape()).toContain('wakeeper_alert_active{alert="webhook_failing"} 1\n');
    scene.receiver.answer = () => 204;
    await scene.clock.until(() => scene.alerts().length === 2);
    expect(await restarted.scrape()).toContain('wakeeper_alert_active{alert="webhook_failing"} 0\n');
  } finally {
    await scene.close();
  }
});
