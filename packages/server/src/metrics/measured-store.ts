/** A store that is timed, writes apart from reads. What it refuses by its rules is an answer, not a failure. */
import { isLifecycleError, type Store } from '@wakeeper/lifecycle';
import type { Histogram } from 'prom-client';
import type { Instruments } from './instruments.js';

const isAnswer = (error: unknown): boolean =>
  isLifecycleError(error) && !['STORE_UNAVAILABLE', 'STORE_LOCKED', 'TIMEOUT'].includes(error.code);

/** @param now milliseconds that only grow */
export function measuredStore(
  store: Store,
  {
    commitSeconds,
    readSeconds,
    webhookDead,
  }: Pick<Instruments, 'commitSeconds' | 'readSeconds' | 'webhookDead'>,
  now: () => number,
): Store {
  const timed =
    (seconds: Histogram<'result'>) =>
    <Args extends readonly unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      const began = now();
      const tell = (result: string) => seconds.observe({ result }, (now() - began) / 1000);
      try {
        const answer = await call(...args);
        tell('ok');
        return answer;
      } catch (error) {
        tell(isAnswer(error) ? 'ok' : 'failed');
        throw error;
      }
    };
  const commit = timed(commitSeconds);
  const read = timed(readSeconds);
  const { instances, queue, facts, webhooks, inbox } = store;
  return {
    open: () => store.open(),
    close: () => store.close(),
    check: commit(() => store.check()),
    instances: {
      load: read(() => instances.load()),
      save: commit((...args) => instances.save(...args)),
      insert: commit((...args) => instances.insert(...args)),
      remove: commit((...args) => instances.remove(...args)),
    },
    queue: {
      enqueue: commit((...args) => queue.enqueue(...args)),
      change: commit((...args) => queue.change(...args)),
      changeAll: commit((...args) => queue.changeAll(...args)),
      head: read((...args) => queue.head(...args)),
      get: read((...args) => queue.get(...args)),
      byMessageKey: read((...args) => queue.byMessageKey(...args)),
      list: read((...args) => queue.list(...args)),
      depths: read(() => queue.depths()),
      heldCounts: read(() => queue.heldCounts()),
      // Housekeeping takes as long as there is to remove: it says nothing of how fast the store is.
      prune: (...args) => queue.prune(...args),
    },
    facts: {
      append: commit((...args) => facts.append(...args)),
      list: read((...args) => facts.list(...args)),
      lastNumber: read(() => facts.lastNumber()),
      prune: (...args) => facts.prune(...args),
    },
    inbox: {
      begin: commit((...args) => inbox.begin(...args)),
      advance: commit((...args) => inbox.advance(...args)),
      prune: (...args) => inbox.prune(...args),
    },
    // The outbox is not timed: a plan takes as long as there are facts to look at.
    webhooks: {
      load: () => webhooks.load(),
      insert: (...args) => webhooks.insert(...args),
      save: (...args) => webhooks.save(...args),
      remove: (...args) => webhooks.remove(...args),
      stand: (...args) => webhooks.stand(...args),
      plan: (...args) => webhooks.plan(...args),
      heads: (...args) => webhooks.heads(...args),
      head: (...args) => webhooks.head(...args),
      aside: (...args) => webhooks.aside(...args),
      get: (...args) => webhooks.get(...args),
      list: (...args) => webhooks.list(...args),
      redeliver: (...args) => webhooks.redeliver(...args),
      redeliverRange: (...args) => webhooks.redeliverRange(...args),
      backlogs: () => webhooks.backlogs(),
      settle: async (outcome, settledFacts) => {
        const written = await webhooks.settle(outcome, settledFacts);
        if (written && outcome.progress.status === 'dead') webhookDead.inc();
        return written;
      },
      prune: async (retention) => {
        const givenUp = await webhooks.prune(retention);
        webhookDead.inc(givenUp);
        return givenUp;
      },
    },
  };
}
