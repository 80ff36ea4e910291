import { InstanceManager, type Log } from '@wakeeper/lifecycle';
import { memoryStore, SimulatedWhatsApp, simulatedDriver, VirtualClock } from '@wakeeper/lifecycle/testing';
import { expect, test } from 'vitest';
import { logAlerts } from './alert-log.js';

test('an alert is a line of the log when it is raised, and one when it is over', async () => {
  const lines: (readonly [level: string, fields: object, message: string])[] = [];
  const level = (name: string) => (fields: object, message: string) => lines.push([name, fields, message]);
  const log: Log = {
    debug: () => {},
    info: level('info'),
    warn: level('warn'),
    error: level('error'),
  };
  const clock = new VirtualClock();
  const whatsapp = new SimulatedWhatsApp();
  whatsapp.pair('shop');
  let isOnline = false;
  const manager = await InstanceManager.open({
    driver: simulatedDriver({ whatsapp, clock }),
    store: memoryStore(),
    clock,
    checkHost: async () => isOnline,
  });
  logAlerts(manager, log);
  await manager.create({ id: 'shop' });
  await clock.until(() => manager.get('shop').state === 'ready');
  whatsapp.browser('shop').setSocketState('TIMEOUT');
  await clock.until(() => lines.length === 1);
  isOnline = true;
  await clock.until(() => lines.length === 2);
  let isClosed = false;
  void manager.close().then(() => {
    isClosed = true;
  });
  await clock.until(() => isClosed);
  expect(lines).toEqual([
    [
      'warn',
      { alert: 'host_offline', instances: ['shop'] },
      'alert raised: The host cannot reach WhatsApp; restarts are suspended until it can.',
    ],
    ['info', { alert: 'host_offline' }, 'alert resolved: host_offline'],
  ]);
});
