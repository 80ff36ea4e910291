import { expect, it } from 'vitest';
import { simulatedDriver } from '../drivers/simulated/simulated-driver.js';
import { SimulatedWhatsApp } from '../drivers/simulated/simulated-whatsapp.js';
import type { OpenRequest } from '../ports/driver.js';
import { VirtualClock } from '../ports/virtual-clock.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { InstanceManager } from './instance-manager.js';

it('tells the driver the labels of an instance as they are at each opening', async () => {
  const clock = new VirtualClock();
  const whatsapp = new SimulatedWhatsApp();
  const driver = simulatedDriver({ whatsapp, clock });
  const opened: OpenRequest['labels'][] = [];
  const open = driver.open.bind(driver);
  driver.open = (request) => {
    opened.push(request.labels);
    return open(request);
  };
  const manager = await InstanceManager.open({ driver, store: memoryStore(), clock });
  const ended = async (promise: Promise<unknown>) => {
    let isOver = false;
    promise.then(
      () => {
        isOver = true;
      },
      () => {},
    );
    await clock.until(() => isOver);
  };
  whatsapp.pair('shop');
  await ended(manager.create({ id: 'shop', labels: { canary: 'yes' } }));
  await clock.until(() => manager.get('shop').state === 'ready');
  await ended(manager.update('shop', { labels: { canary: 'no' } }));
  await ended(manager.restart('shop'));
  await clock.until(() => opened.length === 2 && manager.get('shop').state === 'ready');
  expect(opened).toEqual([{ canary: 'yes' }, { canary: 'no' }]);
  await ended(manager.close());
});
