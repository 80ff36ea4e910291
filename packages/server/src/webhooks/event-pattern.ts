/** What a webhook may ask for: types of facts, all of a noun, or everything. */
import { FACT_TYPES } from '@wakeeper/lifecycle';

const patterns: ReadonlySet<string> = new Set([
  '*',
  ...FACT_TYPES,
  ...FACT_TYPES.map((type) => `${type.split('.')[0]}.*`),
]);

/** All that may be asked for. */
export const EVENT_PATTERNS: readonly string[] = [...patterns];
export const EVENT_RULE = `"*", "noun.*" or one of ${FACT_TYPES.join(', ')}`;
export const isEventPattern = (text: string): boolean => patterns.has(text);
