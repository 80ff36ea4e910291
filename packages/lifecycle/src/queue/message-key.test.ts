import { describe, expect, it } from 'vitest';
import { systemClock } from '../ports/clock.js';
import { VirtualClock } from '../ports/virtual-clock.js';
import { messageKeyMaker } from './message-key.js';

describe('a message key', () => {
  it('looks as WhatsApp Web writes it', () => {
    const next = messageKeyMaker(systemClock);
    for (let count = 0; count < 100; count += 1) expect(next()).toMatch(/^3EB0[0-9A-F]{18}$/);
  });

  it('comes once', () => {
    const next = messageKeyMaker(systemClock);
    expect(new Set(Array.from({ length: 10_000 }, next)).size).toBe(10_000);
  });

  it('is replayed by the same seed', () => {
    const first = messageKeyMaker(new VirtualClock({ seed: 7 }));
    const second = messageKeyMaker(new VirtualClock({ seed: 7 }));
    expect([first(), first()]).toEqual([second(), second()]);
  });
});
