/** A report for a terminal. */
import {
  figuresOf,
  flagsOf,
  HOW_TO_READ,
  notesOf,
  type Report,
  surroundingsOf,
  type Table,
} from './report.js';

function drawn({ head, lines }: Table): string[] {
  if (lines.length === 0) return [];
  const all = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  const rows = all.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  rows.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return ['', ...rows];
}

export function tableOf(report: Report): string {
  const notes = notesOf(report);
  return [
    ...surroundingsOf(report),
    HOW_TO_READ,
    ...drawn(figuresOf(report)),
    ...drawn(flagsOf(report)),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n');
}
