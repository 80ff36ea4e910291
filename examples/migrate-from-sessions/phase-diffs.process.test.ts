import { describe, expect, test } from 'vitest';
import { phaseReadmes } from './phase-diffs.js';

describe('the README of each phase', () => {
  test.each(phaseReadmes())('shows what $phase changes', ({ text, due }) => {
    expect(text, 'stale: npm run diffs --workspace=examples/migrate-from-sessions').toBe(due);
  });
});
