/** The table of all environment variables, in Markdown, out of the schema itself. */
import type { Variable } from './variable.js';
import { variables } from './variables.js';

const cell = (text: string): string => text.replaceAll('|', '\\|');
const code = (text: string): string => `\`${cell(text)}\``;

function row(name: string, { about, rule, fallback, shownDefault }: Variable<unknown>): string {
  const usual = shownDefault ?? (fallback === null ? 'none' : code(fallback));
  return `| ${code(name)} | ${usual} | ${cell(about)} | ${cell(rule)} |`;
}

export const configurationTable = (): string =>
  [
    '| Variable | Default | Meaning | Must be |',
    '|---|---|---|---|',
    ...Object.entries<Variable<unknown>>(variables).map(([name, variable]) => row(name, variable)),
  ].join('\n');
