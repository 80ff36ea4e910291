/** That the simulation finds bugs: each fault that was put in on purpose is caught, by the sentence that it breaks. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hunt } from './mutant.js';

const SEEDS = 2_000;
const folder = fileURLToPath(new URL('mutants', import.meta.url));
const patches = readdirSync(folder).filter((name) => name.endsWith('.patch'));

describe(`within ${SEEDS} seeds the oracle sees`, () => {
  it.for(patches)('%s', { timeout: 600_000 }, async (patch) => {
    const { isCaught, words } = await hunt(join(folder, patch), SEEDS);
    console.log(`${patch}: ${words.split('\n').slice(0, 2).join(' ')}`);
    expect(isCaught, words).toBe(true);
  });

  it('every fault on the list', () => expect(patches).toHaveLength(20));
});
