/** Judges the stream of facts and who wrote them: numbers, commits, processes; and how it all ended. */
import type { Ending, Run } from '../history.js';
import type { Violations } from './sentences.js';

export function judgeFacts({ history, ending }: Run, violations: Violations): void {
  const committed = new Set<number>();
  const told = new Set<number>();
  const lastTold = new Map<number, number>();
  const epochs = new Map<number, number>();
  let newest = 0;
  let owned = 0;
  for (const entry of history) {
    const { at, life } = entry;
    if (entry.kind === 'opened store') {
      epochs.set(life, entry.epoch);
      owned = newest;
    }
    if (entry.kind === 'committed') {
      if (entry.epoch !== epochs.get(life))
        violations.add(
          'fenced',
          at,
          `Process ${life} wrote (${entry.call}) in epoch ${entry.epoch}, and its own is ${epochs.get(life)}.`,
        );
      for (const number of entry.facts) {
        if (number !== newest + 1) violations.add('numbered', at, `Fact ${number} follows ${newest}.`);
        newest = Math.max(newest, number);
        committed.add(number);
      }
    }
    if (entry.kind === 'told') {
      const { number, type } = entry;
      if (!committed.has(number))
        violations.add('numbered', at, `Fact ${number} (${type}) is told and not durable.`);
      if (number <= (lastTold.get(life) ?? 0))
        violations.add('numbered', at, `Fact ${number} (${type}) is told after ${lastTold.get(life)}.`);
      lastTold.set(life, number);
      told.add(number);
    }
  }
  judgeEnd(ending, violations, { owned, newest, told });
}

interface Seen {
  /** The last fact before the last process. */
  readonly owned: number;
  readonly newest: number;
  readonly told: ReadonlySet<number>;
}

function judgeEnd(ending: Ending, violations: Violations, { owned, newest, told }: Seen): void {
  // The last process was never killed: everybody heard all of its facts.
  for (let number = owned + 1; number <= newest; number += 1)
    if (!told.has(number)) violations.add('numbered', null, `Fact ${number} was never told.`);
  if (ending.lastFact !== newest)
    violations.add('numbered', null, `${ending.lastFact} facts are kept, ${newest} seen.`);
  for (const what of ending.unrest) violations.add('calm', null, what);
  if (ending.browsers > 0)
    violations.add('calm', null, `${ending.browsers} browsers outlive the last process.`);
  for (const what of ending.breakdowns) violations.add('sound', null, what);
}
