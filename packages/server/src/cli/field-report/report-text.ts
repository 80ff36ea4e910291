/** A report for people: one section each, which says from when on it can tell. */
import { iso } from '../../http/time.js';
import { shortTime, textTable } from '../text-table.js';
import type { Counts, FleetReport } from './fleet-report.js';

/** The instances that were ready least; all of them are in the JSON. */
const LISTED = 10;

const minute = (at: number): string => `${iso(at).slice(0, 16)}Z`;
const share = (part: number): string => `${(part * 100).toFixed(2)} %`;
const namesOf = (counts: Counts): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
const listOf = (counts: Counts): string => (Object.keys(counts).length === 0 ? '' : ` (${namesOf(counts)})`);

export function reportText(report: FleetReport): string {
  const { since, until, instances } = report;
  const head = `${instances} ${instances === 1 ? 'instance' : 'instances'}, from ${minute(since)} to ${minute(until)}.`;
  const sections = [historyText(report), timeText(report), sendsText(report), instancesText(report)];
  return `${[head, ...(instances === 0 ? [] : sections)].join('\n\n')}\n`;
}

function historyText({ instances, history, pairings, restarts, outages }: FleetReport): string {
  const { longest } = outages;
  const worst =
    longest === null
      ? ''
      : `; the longest took ${shortTime(longest.ms)}${longest.isOver ? '' : ' so far'}, from ${minute(longest.from)}, of ${longest.instance} (${longest.cause})`;
  return [
    history.whole === instances
      ? 'The history of every instance reaches back that far, or to its making.'
      : `The history of ${instances - history.whole} of them begins later, at ${minute(history.knownSince)} at the latest.`,
    `Pairings: ${pairings.kept} kept, ${pairings.lost} lost${listOf(pairings.lostByCause)}, ${pairings.made} made.`,
    `Restarts: ${restarts.total}${listOf(restarts.byCause)}.`,
    `Outages: ${outages.count}, ${shortTime(outages.totalMs)} in all${worst}.`,
  ].join('\n');
}

/** Each state with its places, those where most of the time went first. */
function timeText({ msByPlace }: FleetReport): string {
  const places = Object.entries(msByPlace);
  const sum = (some: readonly (readonly [string, number])[]) => some.reduce((all, [, ms]) => all + ms, 0);
  const all = sum(places);
  const row = (name: string, ms: number) => [name, shortTime(ms), share(ms / all)];
  const states = [...new Set(places.map(([place]) => place.split('.')[0] ?? ''))].map((state) => {
    const own = places.filter(([place]) => place.startsWith(`${state}.`));
    return { state, own, ms: sum(own) };
  });
  const rows = states
    .sort((one, other) => other.ms - one.ms)
    .flatMap(({ state, own, ms }) => [
      row(state, ms),
      ...own.map(([place, part]) => row(`  ${place.slice(state.length + 1)}`, part)),
    ]);
  return textTable([['STATE', 'TIME', 'SHARE'], ...rows]).trimEnd();
}

function sendsText({ sends, uncertain }: FleetReport): string {
  const failed = namesOf(sends.failedByCode);
  const { becameSent, becameFailed, expired, cancelled, open, resent } = uncertain;
  const became = `: ${becameSent} became sent, ${becameFailed} failed, ${expired} expired, ${cancelled} cancelled, ${open} are open; a person put ${resent} back`;
  return [
    `Sends accepted since ${minute(sends.knownSince)}: ${sends.total}${listOf(sends.byStatus)}.`,
    ...(failed === '' ? [] : [`Failed: ${failed}.`]),
    `Uncertain since ${minute(uncertain.knownSince)}: ${uncertain.total}${uncertain.total === 0 ? '' : became}.`,
  ].join('\n');
}

function instancesText({ byInstance }: FleetReport): string {
  const least = byInstance.toSorted((a, b) => (a.readyShare ?? 2) - (b.readyShare ?? 2)).slice(0, LISTED);
  const rows = least.map(({ instance, readyShare, restarts, pairingsLost, longestOutageMs }) => [
    instance,
    readyShare === null ? 'not wanted' : share(readyShare),
    String(restarts),
    String(pairingsLost),
    shortTime(longestOutageMs),
  ]);
  const head = ['INSTANCE', 'READY', 'RESTARTS', 'PAIRINGS LOST', 'LONGEST OUTAGE'];
  const more = byInstance.length - least.length;
  const note = more === 0 ? '' : `\nand ${more} more, which were ready longer: --json has them all.`;
  return `${textTable([head, ...rows]).trimEnd()}${note}`;
}
