/** The facts of a memory store, in the order of their numbers. */
import type { Fact } from '../../domain/fact.js';
import type { FactQuery, FactStore } from '../../ports/store.js';
import type { MemoryAccess } from './memory-access.js';
import { frozenCopy, type MemoryData } from './memory-data.js';
import { planDeliveries } from './memory-webhook-store.js';

export function memoryFactStore(access: MemoryAccess): FactStore {
  return {
    append: (facts) => access.write((data) => data.append(frozenCopy(facts))),
    list: (query) => access.read((data) => list(data.facts, query)),
    lastNumber: () => access.read((data) => data.lastFact),
    prune: (keep, keepHistory) => access.write((data) => prune(data, keep, keepHistory)),
  };
}

function list(
  facts: readonly Fact[],
  { instanceId, types, after, limit, newestFirst = false }: FactQuery,
): readonly Fact[] {
  const found: Fact[] = [];
  const edge = after === undefined ? (newestFirst ? facts.length : 0) : position(facts, after, newestFirst);
  const step = newestFirst ? -1 : 1;
  for (let at = newestFirst ? edge - 1 : edge; found.length < limit; at += step) {
    const fact = facts[at];
    if (!fact) break;
    if (instanceId !== undefined && fact.instanceId !== instanceId) continue;
    if (!types || types.includes(fact.type)) found.push(fact);
  }
  return found;
}

/** How many facts have a number up to `number`, or below it. */
function position(facts: readonly Fact[], number: number, below: boolean): number {
  let low = 0;
  let high = facts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = facts[middle]?.number ?? Number.POSITIVE_INFINITY;
    if (below ? at < number : at <= number) low = middle + 1;
    else high = middle;
  }
  return low;
}

function prune(data: MemoryData, keep: number, keepHistory: number): number {
  planDeliveries(data);
  const old = Math.max(0, data.facts.length - keep);
  const history = new Map<string | null, number>();
  const kept: Fact[] = [];
  for (let at = data.facts.length - 1; at >= 0; at -= 1) {
    const fact = data.facts[at];
    if (!fact) continue;
    const rank =
      fact.type === 'instance.state' ? (history.get(fact.instanceId) ?? 0) + 1 : Number.POSITIVE_INFINITY;
    if (fact.type === 'instance.state') history.set(fact.instanceId, rank);
    if (at >= old || rank <= keepHistory) kept.push(fact);
  }
  const removed = data.facts.length - kept.length;
  data.facts = kept.reverse();
  return removed;
}
