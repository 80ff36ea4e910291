/** Pages of a queue, as people look at it. */
import { LifecycleError } from '../domain/errors.js';
import type { ItemStatus, ListedItem } from '../domain/message.js';
import type { QueueStore } from '../ports/store.js';

export interface QueuePageQuery {
  readonly statuses?: readonly ItemStatus[] | undefined;
  /** Only what is held, or only what is not. */
  readonly held?: boolean | undefined;
  /** 1 to 500, 50 by default. */
  readonly limit?: number | undefined;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}
export interface QueuePage {
  readonly items: readonly ListedItem[];
  readonly nextCursor: string | null;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** In the order of acceptance, media by their size alone. @throws LifecycleError `INVALID_INPUT` for a limit or cursor that is none */
export async function queuePage(
  store: QueueStore,
  instanceId: string,
  { statuses, held, limit = DEFAULT_LIMIT, cursor }: QueuePageQuery,
): Promise<QueuePage> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) throw invalid('limit', `1 to ${MAX_LIMIT}`);
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor))
    throw invalid('cursor', 'the nextCursor of the page before');
  const items = await store.list({
    instanceId,
    limit: limit + 1,
    ...(statuses === undefined ? {} : { statuses }),
    ...(held === undefined ? {} : { held }),
    ...(cursor === undefined ? {} : { afterSeq: Number(cursor) }),
  });
  const page = items.slice(0, limit);
  return { items: page, nextCursor: items.length > limit ? String(page.at(-1)?.seq) : null };
}

const invalid = (path: string, rule: string): LifecycleError =>
  new LifecycleError('INVALID_INPUT', { message: `"${path}" must be ${rule}.`, details: { path } });
