import { describe, expect, it } from 'vitest';
import { simulatedDriver } from '../drivers/simulated/simulated-driver.js';
import { SimulatedWhatsApp } from '../drivers/simulated/simulated-whatsapp.js';
import { MemoryData } from '../stores/memory/memory-data.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { InstanceManager } from './instance-manager.js';
import { OfflineAdoption } from './offline-adoption.js';

function scene() {
  const data = new MemoryData();
  const whatsapp = new SimulatedWhatsApp();
  const open = () => ({ driver: simulatedDriver({ whatsapp }), store: memoryStore({ data }) });
  return { whatsapp, open };
}

describe('a profile that was adopted while nothing ran', () => {
  it('starts no browser then, and is ready without a scan once the manager opens', async () => {
    const { whatsapp, open } = scene();
    whatsapp.leaveProfile('/old/session-shop');
    const adoption = await OfflineAdoption.open(open());
    await adoption.adopt({ id: 'shop', source: '/old/session-shop' });
    expect([...adoption.ids]).toEqual(['shop']);
    expect(whatsapp.browsers).toBe(0);
    await adoption.close();

    const manager = await InstanceManager.open(open());
    const view = await manager.whenReady('shop', { timeoutMs: 10_000 });
    expect(view).toMatchObject({ state: 'ready', wanted: 'running' });
    await manager.close();
  });

  it('is refused for an id that is there, a profile in use and a name that is none, and leaves no instance', async () => {
    const { whatsapp, open } = scene();
    whatsapp.leaveProfile('/old/session-shop');
    whatsapp.leaveProfile('/old/session-busy', { inUse: true });
    const adoption = await OfflineAdoption.open(open());
    await adoption.adopt({ id: 'shop', source: '/old/session-shop' });
    const refused = (id: string, source: string) => expect(adoption.adopt({ id, source })).rejects;
    await refused('shop', '/old/session-shop').toMatchObject({ code: 'INSTANCE_EXISTS' });
    await refused('busy', '/old/session-busy').toMatchObject({ code: 'PROFILE_IN_USE' });
    await refused('not an id', '/old/session-shop').toMatchObject({ code: 'INVALID_INPUT' });
    expect([...adoption.ids]).toEqual(['shop']);
    await adoption.close();
  });
});

describe('when the store fails after the copy', () => {
  it('the copy is removed, so that the next attempt finds nothing in its way', async () => {
    const { whatsapp, open } = scene();
    whatsapp.leaveProfile('/old/session-shop');
    const { driver, store } = open();
    let isBroken = true;
    const insert: typeof store.instances.insert = (record, facts) =>
      isBroken ? Promise.reject(new Error('the disk is full')) : store.instances.insert(record, facts);
    const adoption = await OfflineAdoption.open({
      driver,
      store: { ...store, instances: { ...store.instances, insert } },
    });
    const adopt = () => adoption.adopt({ id: 'shop', source: '/old/session-shop' });
    await expect(adopt()).rejects.toThrow('the disk is full');
    expect(whatsapp.isPaired('shop')).toBe(false);
    isBroken = false;
    await adopt();
    expect(whatsapp.isPaired('shop')).toBe(true);
    expect([...adoption.ids]).toEqual(['shop']);
    await adoption.close();
  });
});
