import { describe, expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.js';

describe('the virtual clock', () => {
  it('fires timers in the order of their times, and of their setting when those are the same', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    for (const [name, ms] of Object.entries({ d: 40, a: 10, c: 30, b: 20, c2: 30, a2: 10 }))
      clock.setTimeout(() => fired.push(name), ms);
    await clock.advance(30);
    expect(fired).toEqual(['a', 'a2', 'b', 'c', 'c2']);
    expect(clock.pending).toBe(1);
  });

  it('lets promises settle between two timers, and fires what they set within the time', async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    const start = clock.now();
    const tick = async (): Promise<void> => {
      await Promise.resolve();
      fired.push(clock.now() - start);
      clock.setTimeout(tick, 10);
    };
    clock.setTimeout(tick, 10);
    await clock.advance(35);
    expect(fired).toEqual([10, 20, 30]);
    expect(clock.now() - start).toBe(35);
  });

  it('does not fire what was cleared', async () => {
    const clock = new VirtualClock();
    const handle = clock.setTimeout(() => expect.unreachable(), 10);
    clock.clearTimeout(handle);
    await clock.advance(100);
    expect(clock.pending).toBe(0);
  });

  it('moves until a fact holds, and fails when it cannot come to hold', async () => {
    const clock = new VirtualClock();
    let isDone = false;
    clock.setTimeout(() => {
      isDone = true;
    }, 500);
    expect(await clock.until(() => isDone)).toBe(500);
    await expect(clock.until(() => false)).rejects.toThrow('did not hold');
    clock.setTimeout(() => {}, 2_000);
    await expect(clock.until(() => false, 1_000)).rejects.toThrow('within 1000 ms');
  });

  it('fires late what fell due while the machine slept', async () => {
    const clock = new VirtualClock();
    let firedAt = 0;
    clock.setTimeout(() => {
      firedAt = clock.now();
    }, 10);
    clock.jump(60_000);
    await clock.advance(0);
    expect(firedAt).toBe(clock.now());
  });

  it('repeats its chances from the same seed', () => {
    const draw = (seed: number): number[] => {
      const clock = new VirtualClock({ seed });
      return Array.from({ length: 1_000 }, () => clock.random());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    const mean = draw(7).reduce((sum, value) => sum + value, 0) / 1_000;
    expect(mean).toBeGreaterThan(0.45);
    expect(mean).toBeLessThan(0.55);
    for (const value of draw(9)) expect(value >= 0 && value < 1).toBe(true);
  });
});
