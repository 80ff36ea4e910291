/** A campaign: many seeds one after another, what they violated and what they struck. */
import { Coverage } from './coverage.js';
import type { Run } from './history.js';
import { judge } from './oracle/oracle.js';
import { simulate } from './simulation.js';

export interface Failure {
  readonly seed: number;
  readonly violations: readonly string[];
}
export interface CampaignResult {
  readonly seeds: number;
  readonly failures: readonly Failure[];
  readonly hits: Readonly<Record<string, number>>;
}

/** @param untilFailure ends with the first seed that violates a sentence */
export async function campaign(seeds: Iterable<number>, untilFailure = false): Promise<CampaignResult> {
  const coverage = new Coverage();
  const failures: Failure[] = [];
  let count = 0;
  for (const seed of seeds) {
    count += 1;
    const violations = await violationsOf(seed, coverage);
    if (violations.length > 0) {
      failures.push({ seed, violations });
      // A long campaign says at once what it will report at its end.
      console.error(`seed ${seed}: ${violations[0]}`);
    }
    if (count % 100 === 0) console.error(`${count} seeds of this job, the last ${seed}`);
    if (untilFailure && failures.length > 0) break;
  }
  return { seeds: count, failures, hits: coverage.hits };
}

/** What a seed must make of itself, so that it can prove anything. */
function meagre({ history }: Run): string[] {
  const asked = history.filter(({ kind }) => kind === 'asked').length;
  const struck = history.flatMap((entry) => (entry.kind === 'struck' ? [entry.fault] : []));
  if (asked >= 200 && struck.length >= 3 && struck.includes('kill')) return [];
  return [`The seed is meagre: ${asked} operations, ${struck.length} faults.`];
}

async function violationsOf(seed: number, coverage: Coverage): Promise<readonly string[]> {
  try {
    const run = await simulate(seed);
    coverage.add(run);
    return [...judge(run), ...meagre(run)];
  } catch (error) {
    return [`The simulation itself broke: ${error instanceof Error ? error.stack : String(error)}`];
  }
}
