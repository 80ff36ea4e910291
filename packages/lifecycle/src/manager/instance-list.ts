/** Pages of instances, in the order of their ids. */
import { LifecycleError } from '../domain/errors.js';
import { isInstanceId } from '../domain/instance-id.js';
import { INSTANCE_STATES, type InstanceState } from '../domain/instance-state.js';
import type { InstanceView } from '../instance/instance-view.js';
import type { InstancePage, ListQuery } from './manager-options.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** @throws LifecycleError INVALID_INPUT for a limit out of range. */
export function limitOf(limit: number | undefined): number {
  if (limit === undefined) return DEFAULT_LIMIT;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new LifecycleError('INVALID_INPUT', {
    message: `"limit" must be a whole number from 1 to ${MAX_LIMIT}.`,
    details: { path: 'limit' },
  });
}

export const badCursor = (): LifecycleError =>
  new LifecycleError('INVALID_INPUT', {
    message: '"cursor" must be the nextCursor of the page before.',
    details: { path: 'cursor' },
  });

const encode = (id: string): string => Buffer.from(id).toString('base64url');
function decode(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (encode(id) !== cursor || !isInstanceId(id)) throw badCursor();
  return id;
}

function matches(view: InstanceView, { state, node, label }: ListQuery): boolean {
  if (state !== undefined && view.state !== state) return false;
  if (node !== undefined && view.node !== node) return false;
  if (label === undefined) return true;
  const colon = label.indexOf(':');
  if (colon < 0) return label in view.labels;
  return view.labels[label.slice(0, colon)] === label.slice(colon + 1);
}

/** @throws LifecycleError INVALID_INPUT */
export function listInstances(
  instances: Iterable<{ readonly view: InstanceView }>,
  query: ListQuery,
): InstancePage {
  const limit = limitOf(query.limit);
  const after = query.cursor === undefined ? undefined : decode(query.cursor);
  const views = [...instances].map(({ view }) => view);
  const counts = Object.fromEntries(INSTANCE_STATES.map((state) => [state, 0])) as Record<
    InstanceState,
    number
  >;
  for (const view of views) counts[view.state] += 1;
  const found = views
    .filter((view) => (after === undefined || view.id > after) && matches(view, query))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, counts, nextCursor: found.length > limit && last ? encode(last.id) : null };
}
