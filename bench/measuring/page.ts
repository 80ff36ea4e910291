/** A report as the figures of docs/benchmarks.md. */
import { withSection } from '../../scripts/page-section.js';
import {
  figuresOf,
  flagsOf,
  HOW_TO_READ,
  notesOf,
  type Report,
  surroundingsOf,
  type Table,
} from './report.js';

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const drawn = ({ head, lines }: Table): string[] => [
  line(head),
  `|${head.map(() => '---').join('|')}|`,
  ...lines.map(line),
];

/** The page with the figures in their place, the rest as it is. @throws Error when it has no place for them */
export function withFigures(page: string, report: Report): string {
  const verdicts = report.rows.flatMap((row) => row.verdicts);
  const met = verdicts.filter((verdict) => verdict.met).length;
  const flags = flagsOf(report);
  return withSection(page, 'figures', [
    ...surroundingsOf(report).map((text) => `${text}  `),
    `${HOW_TO_READ} Targets: ${met} met, ${verdicts.length - met} missed.`,
    '',
    ...drawn(figuresOf(report)),
    '',
    ...notesOf(report).map((note) => `* ${note}`),
    ...(flags.lines.length > 0 ? ['', '## Flags of the browser, one at a time', '', ...drawn(flags)] : []),
  ]);
}
