/** Pages of an instance's history: its state changes with their causes, newest first. */
import type { Fact } from '../domain/fact.js';
import type { FactStore } from '../ports/store.js';
import { badCursor, limitOf } from './instance-list.js';
import type { HistoryQuery, Page } from './manager-options.js';

/** @throws LifecycleError INVALID_INPUT, STORE_UNAVAILABLE */
export async function historyPage(
  facts: FactStore,
  instanceId: string,
  { limit: asked, cursor }: HistoryQuery,
): Promise<Page<Fact>> {
  const limit = limitOf(asked);
  if (cursor !== undefined && !/^[1-9]\d{0,14}$/.test(cursor)) throw badCursor();
  const found = await facts.list({
    instanceId,
    types: ['instance.state'],
    newestFirst: true,
    limit: limit + 1,
    ...(cursor !== undefined && { after: Number(cursor) }),
  });
  const items = found.slice(0, limit);
  return { items, nextCursor: found.length > limit ? String(items.at(-1)?.number) : null };
}
