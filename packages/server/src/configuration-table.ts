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

/** The whole page of the documentation. */
export const configurationPage = (): string => `# Configuration

The server is configured by these environment variables alone. An empty value counts as unset. A value that breaks its
rule stops the start with one line that names the variable, the rule and the value.

${configurationTable()}

This page is generated from the server's schema: \`npm run config-docs\` writes it.
`;
