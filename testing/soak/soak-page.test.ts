import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { balance, remains } from './balance.js';
import { type MeasuredSoak, withSoak } from './soak-page.js';

const read = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');

test('docs/reliability.md has the figures of a soak of ten minutes that kept every promise', () => {
  const measured = JSON.parse(read('testing/soak/measured.json')) as MeasuredSoak;
  const page = read('docs/reliability.md');
  expect(page).toBe(withSoak(page, measured));
  expect(measured.minutes).toBeGreaterThanOrEqual(10);
  const lines = [...balance(measured.looks), ...remains(measured.looks)];
  expect(lines.filter(({ isKept }) => !isKept)).toEqual([]);
});
