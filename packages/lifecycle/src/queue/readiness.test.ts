import { describe, expect, it } from 'vitest';
import { Readiness } from './readiness.js';

describe('readiness', () => {
  it('takes every generation before an open one for over', () => {
    const readiness = new Readiness();
    readiness.open(7);
    expect([readiness.isOver(6), readiness.isOver(7)]).toEqual([true, false]);
  });

  it('ends with its generation, and not with an earlier one', () => {
    const readiness = new Readiness();
    readiness.open(7);
    readiness.closed(6);
    expect(readiness.isOpen).toBe(true);
    readiness.closed(7);
    expect([readiness.isOpen, readiness.isOver(7)]).toEqual([false, true]);
  });

  it('has a new spell whenever it was lost, also for the same generation, and none for hearing the same twice', () => {
    const readiness = new Readiness();
    readiness.open(7);
    const { spell } = readiness;
    readiness.open(7);
    expect(readiness.spell).toBe(spell);
    readiness.hold();
    readiness.open(7);
    expect(readiness.spell).not.toBe(spell);
  });
});
