/** The soak's report in words. */
import { table } from './balance.js';
import type { SoakReport } from './soak.js';

const SHOWN = 20;

export function spokenReport({ balance, remains, looks, totals, tally, ...report }: SoakReport): string {
  const { violations, endedAfterMs } = report;
  const rss = [looks.start, looks.end].map((look) => (look.rss / 2 ** 20).toFixed(0));
  const done = Object.entries(tally).map(([name, times]) => `  ${name}: ${times}`);
  const statuses = Object.entries(totals.byStatus).map(([status, items]) => `${items} ${status}`);
  return [
    '\nWhat was done:',
    ...done,
    `\nAccepted ${totals.accepted}; of the items that are kept ${statuses.join(', ')}; ${totals.removed} were removed with their instance. WhatsApp has ${totals.delivered}.`,
    `\nFrom the start to the end:\n${table(balance, ['start', 'end'])}`,
    `  (for information: resident memory ${rss[0]} MiB, then ${rss[1]} MiB)`,
    `\nFrom before the managers were made until they are closed:\n${table(remains, ['before', 'after'])}`,
    `\nThe process ended ${endedAfterMs.toFixed(0)} ms after its last word.`,
    violations.length === 0
      ? '\nEverything is kept.'
      : `\n${violations.length} violations:\n${violations
          .slice(0, SHOWN)
          .map((sentence) => `  ${sentence}`)
          .join('\n')}`,
  ].join('\n');
}
