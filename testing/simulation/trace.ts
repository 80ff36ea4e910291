/** A history as lines that a person can read, and that two runs of one seed must share to the letter. */
import type { Entry } from './history.js';

export function lineOf({ at, life, kind, ...rest }: Entry): string {
  const fields = Object.entries(rest as Record<string, unknown>).map(([name, value]) =>
    name === 'id' || value === undefined ? '' : `${name}=${JSON.stringify(value)}`,
  );
  const id = 'id' in rest && rest.id !== null ? rest.id : '';
  return [
    new Date(at).toISOString().slice(11, 23),
    `p${life}`,
    id.padEnd(3),
    kind,
    ...fields.filter(Boolean),
  ].join(' ');
}
