import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { faultTable } from './fault-table.js';
import { type Measured, withFaults } from './reliability-page.js';

const read = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
const measured = JSON.parse(read('testing/hazards/measured.json')) as Measured;

describe('docs/reliability.md', () => {
  test('has the table that the measurements make', () => {
    const page = read('docs/reliability.md');
    expect(page).toBe(withFaults(page, measured));
  });

  test.each(Object.values(faultTable).flatMap(({ tests }) => tests))(
    'names a test that exists: %s, %s',
    (file, name) => {
      // As it stands in the source, between quotes of either kind.
      const source = read(file);
      expect([`'${name}'`, `"${name}"`, `\`${name}\``].some((quoted) => source.includes(quoted))).toBe(true);
    },
  );

  test('has a measurement of every fault that the hazards suite makes', () => {
    const faults = Object.entries(faultTable)
      .filter(([, { tests }]) => tests.some(([file]) => file.startsWith('testing/hazards/')))
      .map(([key]) => key);
    expect(faults.filter((key) => !measured.faults.some(({ fault }) => fault === key))).toEqual([]);
    expect(faults.length).toBeGreaterThan(15);
  });
});
