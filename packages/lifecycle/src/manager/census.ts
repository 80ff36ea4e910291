/** Census: all instances of a manager counted in one pass, without a view of each: cheap enough for every scrape. */
import { INSTANCE_STATES, type InstanceState } from '../domain/instance-state.js';
import type { PageCapability } from '../domain/page-report.js';
import { isIncompatible } from '../instance/instance-record.js';
import type { PageWatch } from './page-watch.js';

export interface Census {
  readonly instances: Readonly<Record<InstanceState, number>>;
  /** Instances that a person wants running, whatever their state. */
  readonly wanted: number;
  /** In `error`: the restart budget is used up. */
  readonly cooling: number;
  /** In `error`: a person is needed. */
  readonly halted: number;
  /** In `error`: WhatsApp's page cannot do what is needed. */
  readonly incompatible: number;
  /** How many instances lack each capability of their page; capabilities that all have are left out. */
  readonly missingCapabilities: Readonly<Partial<Record<PageCapability, number>>>;
  /** Restarts that count against the budgets now, of all instances together. */
  readonly restartsUsed: number;
  /** Items queued and sending, of all instances together. */
  readonly queueDepth: number;
  /** Items that wait for a person, of all instances together: they were accepted for another account. */
  readonly held: number;
  /** Of the instance that has most. */
  readonly longestQueue: number;
  /**
   * Epoch milliseconds at which the oldest open item was accepted; null when there is none, or none is known yet: what is
   * not known is looked up in the store and there for the next census.
   */
  readonly oldestItemAt: number | null;
  /** Browsers that start now, and instances that wait until they may. */
  readonly launching: number;
  readonly launchesWaiting: number;
}

interface Counted {
  readonly id: string;
  readonly state: InstanceState;
  readonly detail: string;
  readonly context: { readonly wanted: string };
  readonly restartsUsed: number;
  readonly queue: { readonly depth: number; readonly held: number; readonly oldestAt: number | null };
}

/** @param each is called for every instance on the way */
export function takeCensus(
  all: Iterable<Counted>,
  gate: { readonly launching: number; readonly waiting: number },
  pages: Pick<PageWatch, 'count'>,
  each: (id: string, state: InstanceState) => void = () => {},
): Census {
  const instances = Object.fromEntries(INSTANCE_STATES.map((state) => [state, 0])) as Record<
    InstanceState,
    number
  >;
  const sums = {
    wanted: 0,
    cooling: 0,
    halted: 0,
    incompatible: 0,
    restartsUsed: 0,
    queueDepth: 0,
    held: 0,
    longestQueue: 0,
  };
  let oldestItemAt: number | null = null;
  for (const instance of all) {
    const { state, detail, queue } = instance;
    instances[state] += 1;
    if (instance.context.wanted === 'running') sums.wanted += 1;
    if (state === 'error' && detail === 'cooling') sums.cooling += 1;
    if (state === 'error' && detail === 'halted') sums.halted += 1;
    if (state === 'error' && isIncompatible(detail)) sums.incompatible += 1;
    sums.restartsUsed += instance.restartsUsed;
    const { depth } = queue;
    sums.held += queue.held;
    if (depth > 0) {
      sums.queueDepth += depth;
      if (depth > sums.longestQueue) sums.longestQueue = depth;
      const { oldestAt } = queue;
      if (oldestAt !== null && (oldestItemAt === null || oldestAt < oldestItemAt)) oldestItemAt = oldestAt;
    }
    each(instance.id, state);
  }
  return {
    instances,
    ...sums,
    missingCapabilities: pages.count(),
    oldestItemAt,
    launching: gate.launching,
    launchesWaiting: gate.waiting,
  };
}
