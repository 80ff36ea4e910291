import { expect, test } from 'vitest';
import { LEAN_ARGS } from '../lifecycle-internals.js';
import { CANDIDATES } from './browser-flags.js';

test('every flag that the product sets to save memory is measured by itself, with its risk', () => {
  expect(CANDIDATES.map(({ flag }) => flag)).toEqual(expect.arrayContaining([...LEAN_ARGS]));
});
