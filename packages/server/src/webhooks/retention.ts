/** Retention: old deliveries are removed soon after the start and then every ten minutes, and a backlog is kept within its bounds. */
import { type Clock, type Log, messageOf, type WebhookStore } from '@wakeeper/lifecycle';

export interface RetentionDeps {
  readonly store: WebhookStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly retentionMs: number;
  readonly maxBacklog: number;
  /** What waits has changed. */
  readonly pruned: () => void;
}

const EVERY_MS = 10 * 60_000;
/** Soon, for a server that never lives that long; not while it is busy with starting. */
const FIRST_MS = 60_000;

/** Returns what ends it. */
export function keepWithinBounds(deps: RetentionDeps): () => void {
  const { store, clock, log, retentionMs, maxBacklog, pruned } = deps;
  let timer: unknown = null;
  let isOver = false;
  const schedule = (ms: number) => {
    timer = clock.setTimeout(() => void prune(), ms);
  };
  const prune = async () => {
    const now = clock.now();
    const limits = {
      settledBefore: now - retentionMs,
      keepSettled: maxBacklog,
      keepPending: maxBacklog,
      now,
    };
    try {
      const givenUp = await store.prune(limits);
      if (givenUp > 0) log.error({ givenUp, maxBacklog }, 'deliveries were given up: too many were waiting');
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'old deliveries could not be pruned; it is tried again');
    }
    if (isOver) return;
    pruned();
    schedule(EVERY_MS);
  };
  schedule(FIRST_MS);
  return () => {
    isOver = true;
    clock.clearTimeout(timer);
  };
}
