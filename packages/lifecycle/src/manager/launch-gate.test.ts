import { describe, expect, it } from 'vitest';
import { LaunchGate } from './launch-gate.js';

const never = new AbortController().signal;

describe('the launch gate', () => {
  it('admits as many as it may, in the order in which they came', async () => {
    const gate = new LaunchGate(2);
    const admitted: string[] = [];
    const all = ['a', 'b', 'c', 'd'].map((id) => gate.acquire(id, never).then(() => admitted.push(id)));
    await Promise.all(all.slice(0, 2));
    expect(admitted).toEqual(['a', 'b']);
    expect(gate.waiting).toBe(2);
    gate.release('b');
    await all[2];
    gate.release('a');
    await all[3];
    expect(admitted).toEqual(['a', 'b', 'c', 'd']);
  });

  it('gives a permit back once, however often it is released', async () => {
    const gate = new LaunchGate(1);
    await gate.acquire('a', never);
    const [b, c] = [gate.acquire('b', never), gate.acquire('c', never)];
    gate.release('a');
    gate.release('a');
    await b;
    expect(gate.launching).toBe(1);
    gate.release('b');
    await c;
  });

  it('forgets who gives up waiting, and lets the next one through', async () => {
    const gate = new LaunchGate(1);
    await gate.acquire('a', never);
    const giving = new AbortController();
    const b = gate.acquire('b', giving.signal);
    const c = gate.acquire('c', never);
    giving.abort(new Error('stopped'));
    await expect(b).rejects.toThrow('stopped');
    gate.release('a');
    await c;
    expect(gate.launching).toBe(1);
  });

  it('keeps the place of one who asks again at once, and of nobody who comes back later', async () => {
    const gate = new LaunchGate(1);
    await gate.acquire('a', never);
    const admitted: string[] = [];
    const ask = (id: string, signal = never) => gate.acquire(id, signal).then(() => admitted.push(id));
    const [one, other] = [new AbortController(), new AbortController()];
    const [left, gone] = [ask('b', one.signal), ask('c', other.signal)];
    const last = ask('d');
    one.abort(new Error('too long'));
    const again = ask('b');
    other.abort(new Error('stopped'));
    await expect(left).rejects.toThrow('too long');
    await expect(gone).rejects.toThrow('stopped');
    expect(gate.waiting).toBe(2);
    const back = ask('c');
    for (const [id, permit] of [
      ['a', again],
      ['b', last],
      ['d', back],
    ] as const) {
      gate.release(id);
      await permit;
    }
    expect(admitted).toEqual(['b', 'd', 'c']);
  });

  it('takes the permit back when the one who waited is gone by the time it arrives', async () => {
    const gate = new LaunchGate(1);
    await gate.acquire('a', never);
    const giving = new AbortController();
    const b = gate.acquire('b', giving.signal);
    gate.release('a');
    giving.abort();
    await b;
    await Promise.resolve();
    expect(gate.launching).toBe(0);
  });

  it('holds one permit an id: a second request waits for the first to end', async () => {
    const gate = new LaunchGate(2);
    await gate.acquire('a', never);
    let isAdmitted = false;
    const again = gate.acquire('a', never).then(() => {
      isAdmitted = true;
    });
    await gate.acquire('b', never);
    expect(isAdmitted).toBe(false);
    gate.release('a');
    await again;
  });

  it('refuses at once who has given up already', async () => {
    await expect(new LaunchGate(1).acquire('a', AbortSignal.abort(new Error('gone')))).rejects.toThrow(
      'gone',
    );
  });
});
