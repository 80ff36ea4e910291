import { describe, expect, it } from 'vitest';
import { balance, remains, table } from './balance.js';
import type { Sample } from './gauges.js';

const SAMPLE: Sample = {
  heap: 100 * 2 ** 20,
  rss: 1,
  timers: 207,
  handles: { PipeWrap: 4 },
  children: { browser: 3 },
  files: { socket: 9 },
};
const violated = (change: Partial<Sample>): string[] =>
  balance({ before: SAMPLE, start: SAMPLE, end: { ...SAMPLE, ...change }, after: SAMPLE })
    .filter(({ isKept }) => !isKept)
    .map(({ what, difference }) => `${what} ${difference}`);

describe('the balance of a soak', () => {
  it('lets the heap differ by a tenth in either direction, and by no more', () => {
    expect(violated({ heap: 109.9 * 2 ** 20 })).toEqual([]);
    expect(violated({ heap: 90.1 * 2 ** 20 })).toEqual([]);
    expect(violated({ heap: 110.1 * 2 ** 20 })).toEqual(['heap after collection +10.1 %']);
    expect(violated({ heap: 89 * 2 ** 20 })).toEqual(['heap after collection -11.0 %']);
  });

  it('takes everything else exactly, kind by kind', () => {
    expect(violated({ timers: 208 })).toEqual(['timers +1']);
    expect(violated({ handles: { PipeWrap: 3 } })).toEqual(['handles: PipeWrap -1']);
    expect(violated({ children: { browser: 3, cat: 1 } })).toEqual(['child processes: cat +1']);
    expect(violated({ files: { socket: 8, pipe: 1 } })).toEqual([
      'file descriptors: pipe +1',
      'file descriptors: socket -1',
    ]);
  });

  it('asks for what is left after the close, whatever the trouble has cost', () => {
    const looks = { before: SAMPLE, start: SAMPLE, end: SAMPLE, after: { ...SAMPLE, timers: 0 } };
    expect(remains(looks).filter(({ isKept }) => !isKept)).toMatchObject([{ what: 'timers', end: '0' }]);
  });

  it('is written in columns', () => {
    const looks = { before: SAMPLE, start: SAMPLE, end: { ...SAMPLE, timers: 1 }, after: SAMPLE };
    const [head, heap, timers] = table(balance(looks), ['start', 'end']).split('\n');
    expect(head?.indexOf('end')).toBe((timers?.indexOf('1  ') ?? 0) - 2);
    expect(heap).toMatch(/^heap after collection +100\.0 MiB +100\.0 MiB +\+0\.0 % +kept$/);
    expect(timers).toMatch(/^timers +207 +1 +-206 +VIOLATED$/);
  });
});
