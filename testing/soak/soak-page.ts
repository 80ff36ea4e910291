/** The part of docs/reliability.md that says what the soak has measured. */
import { withSection } from '../../scripts/page-section.js';
import { balance, type Line, type Looks, remains } from './balance.js';
import type { BookTotals } from './books.js';

/** The figures of one soak that broke no promise. */
export interface MeasuredSoak {
  /** Processor, cores, load, versions. */
  readonly machine: string;
  readonly date: string;
  readonly minutes: number;
  readonly seed: number;
  readonly looks: Looks;
  readonly totals: BookTotals;
  readonly tally: Readonly<Record<string, number>>;
}

const number = (value: number): string => value.toLocaleString('en');

function rows(lines: readonly Line[]): string[] {
  return lines.map(({ what, start, end, difference }) => `| ${what} | ${start} | ${end} | ${difference} |`);
}

function sentences({ totals, tally }: MeasuredSoak): string[] {
  const { byStatus, accepted, removed, delivered } = totals;
  const statuses = Object.entries(byStatus).map(([status, items]) => `${number(items)} ${status}`);
  const kills = (tally['browser killed'] ?? 0) + (tally['Chromium: browser killed'] ?? 0);
  return [
    `* ${number(tally.transition ?? 0)} transitions of state. ${number(kills)} browsers were killed, ${number(tally['Chromium: browser killed'] ?? 0)} of them real ones.`,
    `* ${number(accepted)} messages and polls were accepted: ${statuses.join(', ')}, ${number(removed)} removed together with their instance. ${number(delivered)} arrived, each once and in order.`,
  ];
}

/** The page with the figures in their place, the rest as it is. @throws Error when the page has no place for them */
export function withSoak(page: string, measured: MeasuredSoak): string {
  const { machine, date, minutes, seed, looks } = measured;
  return withSection(page, 'soak', [
    `Measured on ${date} on ${machine}: ${minutes} minutes, seed ${seed}.`,
    '',
    ...sentences(measured),
    '',
    '| held by the process | at the start | at the end | difference |',
    '|---|---:|---:|---:|',
    ...rows(balance(looks)),
    '',
    '| held by the process | before the managers are made | after they are closed | difference |',
    '|---|---:|---:|---:|',
    ...rows(remains(looks)),
  ]);
}
