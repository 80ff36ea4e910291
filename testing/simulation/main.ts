/**
 * npm run simulate -- --seeds N [--from K] [--jobs J] [--until-failure], or --seed S for one with its trace. Ends with 1
 * when a sentence was violated, or when so many seeds should have struck more places and faults (coverage.ts).
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type CampaignResult, campaign } from './campaign.js';
import { Coverage } from './coverage.js';
import { judge } from './oracle/oracle.js';
import { SENTENCES } from './oracle/sentences.js';
import { REACHABLE } from './reach.js';
import { simulate } from './simulation.js';
import { lineOf } from './trace.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    'until-failure': { type: 'boolean', default: false },
  },
});

/** Each job takes every so manieth seed. */
function* share(from: number, seeds: number, jobs: number, job: number): Generator<number> {
  for (let at = job; at < seeds; at += jobs) yield from + at;
}

async function replay(seed: number): Promise<boolean> {
  const run = await simulate(seed);
  for (const entry of run.history) console.log(lineOf(entry));
  const violations = judge(run);
  console.log(violations.length > 0 ? violations.join('\n') : `Seed ${seed} keeps every promise.`);
  return violations.length === 0;
}

function inChild(job: number): Promise<CampaignResult> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
      env: { ...process.env, SIMULATION_JOB: String(job) },
    });
    child.once('message', (result) => resolve(result as CampaignResult));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Job ${job} ended with ${code} and without a result.`)));
  });
}

async function main(): Promise<boolean> {
  if (values.seed !== undefined) return replay(Number(values.seed));
  const [from, seeds, jobs] = [Number(values.from), Number(values.seeds), Number(values.jobs)];
  const mine = process.env.SIMULATION_JOB;
  const run = (job: number) => campaign(share(from, seeds, jobs, job), values['until-failure']);
  if (mine !== undefined) {
    // Nobody would hear what a job finds whose parent was ended.
    const orphaned = () => process.exit(1);
    process.once('disconnect', orphaned);
    const result = await run(Number(mine));
    await new Promise((resolve) => process.send?.(result, resolve));
    process.off('disconnect', orphaned);
    return true;
  }
  const began = performance.now();
  const results =
    jobs === 1 ? [await run(0)] : await Promise.all(Array.from({ length: jobs }, (_, job) => inChild(job)));
  return report(results, (performance.now() - began) / 1_000);
}

function report(results: readonly CampaignResult[], seconds: number): boolean {
  const coverage = new Coverage();
  for (const { hits } of results) coverage.merge(hits);
  const count = results.reduce((sum, { seeds }) => sum + seeds, 0);
  const failures = results.flatMap((one) => one.failures).sort((a, b) => a.seed - b.seed);
  console.log(`${coverage.table}\n\nChecked after each seed:`);
  for (const sentence of Object.values(SENTENCES)) console.log(`  - ${sentence}`);
  for (const { seed, violations } of failures.slice(0, 20))
    console.log(`\nseed ${seed}:\n  ${violations.slice(0, 3).join('\n  ')}`);
  const { missing } = coverage;
  const unmet = coverage.unmet(count);
  console.log(`\nStruck least often: ${coverage.rarest(12).join('; ')}`);
  console.log(`${missing.length} of ${REACHABLE.length} reachable pairs were not struck.`);
  if (unmet.length > 0) console.log(`So many seeds should have struck: ${unmet.join('; ')}`);
  console.log(
    `\n${count} seeds, ${failures.length} with violations, ${(count / seconds).toFixed(1)} seeds/s`,
  );
  return failures.length === 0 && unmet.length === 0;
}

process.exitCode = (await main()) ? 0 : 1;
