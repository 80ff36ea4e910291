/** A profile while its browser is being closed: the next one waits, as the real driver lets it wait. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../ports/virtual-clock.js';
import { simulatedDriver } from './simulated-driver.js';

const instanceId = 'shop';

function shop() {
  const clock = new VirtualClock();
  const driver = simulatedDriver({ clock, closeMs: 300, killMs: 300, spreadShare: 0 });
  const { whatsapp } = driver;
  whatsapp.pair(instanceId);
  const open = (generation: number, signal = new AbortController().signal) =>
    driver.open({ instanceId, generation, rung: 'hard', proxy: null, signal, hear: () => {} });
  return { clock, driver, whatsapp, open };
}

describe('a browser that is being closed', () => {
  it.each(['graceful', 'kill'] as const)('holds the profile until it has ended, by %s too', async (mode) => {
    const { clock, driver, whatsapp, open } = shop();
    const first = open(1);
    await clock.advance(5_000);
    await first;
    const began = clock.now();
    void driver.close({ instanceId, mode, deadlineMs: 5_000 });
    const second = open(2);
    expect(whatsapp.openGeneration(instanceId)).toBe(1);
    await clock.until(() => whatsapp.openGeneration(instanceId) === 2);
    expect(clock.now() - began).toBe(300);
    await clock.advance(5_000);
    await second;
    expect(whatsapp.collisions(instanceId)).toBe(0);
  });

  it('is followed by none when the next opening was given up meanwhile', async () => {
    const { clock, driver, whatsapp, open } = shop();
    const first = open(1);
    await clock.advance(5_000);
    await first;
    const given = new AbortController();
    void driver.close({ instanceId, mode: 'graceful', deadlineMs: 5_000 });
    const second = open(2, given.signal);
    given.abort();
    const refused = expect(second).rejects.toMatchObject({ failure: { code: 'ABORTED' } });
    await clock.advance(5_000);
    await refused;
    expect(whatsapp.browsers).toBe(0);
  });
});
