import { describe, expect, test } from 'vitest';
import { withFigures } from './page.js';
import { type RowText, rowOf } from './row.js';

const PAGE = 'before\n<!-- figures -->\nold\n<!-- /figures -->\nafter\n';
const host = {
  cpu: 'a processor',
  cores: 2,
  memoryGiB: 24,
  loadBefore: 0.1,
  node: 'v20',
  chromium: 'Chromium 156',
  headlessShell: null,
  system: 'Linux 6',
  wakeeper: 'built packages',
  packages: { hono: '4' },
} as const;
const text: RowText = {
  promise: 'memory',
  what: 'a further instance',
  unit: 'bytes',
  floorName: 'the library',
};
const MIB = 2 ** 20;
const pageOf = (...rows: readonly ReturnType<typeof rowOf>[]) =>
  withFigures(PAGE, { host, date: '2026-11-22', rows });

describe('the page of the benchmarks', () => {
  test('has the figures in their place, and the rest as it was', () => {
    const page = pageOf(rowOf(text, [{ ours: 150 * MIB, floor: 200 * MIB }]));
    expect(page).toMatch(/^before\n<!-- figures -->\n2026-11-22: a processor, 2 cores/);
    expect(page).toMatch(/\n<!-- \/figures -->\nafter\n$/);
    expect(page).not.toContain('old');
    expect(page).toContain('| memory | a further instance | 150 MiB (150 MiB to 150 MiB) |');
  });

  test('says of a target that it is missed, and why; of one that is met only that', () => {
    const whyMissed = 'Because the disk is fast.';
    const at = (atMost: number) =>
      pageOf(
        rowOf({ ...text, targets: [{ on: 'ratio', atMost }], whyMissed }, [
          { ours: 150 * MIB, floor: 200 * MIB },
        ]),
      );
    expect(at(0.7)).toContain('ratio <= 0.7: MISSED |');
    expect(at(0.7)).toContain('Targets: 0 met, 1 missed.');
    expect(at(0.7)).toContain(whyMissed);
    expect(at(0.8)).toContain('ratio <= 0.8: met |');
    expect(at(0.8)).not.toContain(whyMissed);
  });

  test('has the flags of the browser in a table of their own, with saving and risk', () => {
    const flag = { kept: true, risk: 'None is known.' };
    const page = pageOf(
      rowOf({ ...text, what: '--flag', flag }, [
        { ours: 150 * MIB, floor: 200 * MIB },
        { ours: 160 * MIB, floor: 200 * MIB },
        { ours: 190 * MIB, floor: 180 * MIB },
      ]),
    );
    expect(page).toContain('| --flag | 40.0 MiB (-10.0 MiB to 50.0 MiB) | 200 MiB | yes | None is known. |');
  });
});
