/** The table of all environment variables, in Markdown, out of the schema itself. */
import { clientVariables } from './client-variables.js';
import type { Variable } from './variable.js';
import { variables } from './variables.js';

const cell = (text: string): string => text.replaceAll('|', '\\|');
const code = (text: string): string => `\`${cell(text)}\``;

function row(name: string, { about, rule, fallback, shownDefault }: Variable<unknown>): string {
  const usual = shownDefault ?? (fallback === null ? 'none' : code(fallback));
  return `| ${code(name)} | ${usual} | ${cell(about)} | ${cell(rule)} |`;
}

const table = (rows: Readonly<Record<string, Variable<unknown>>>): string =>
  [
    '| Variable | Default | Meaning | Must be |',
    '|---|---|---|---|',
    ...Object.entries(rows).map(([name, variable]) => row(name, variable)),
  ].join('\n');

export const configurationTable = (): string => table(variables);

/** The whole page of the documentation. */
export const configurationPage = (): string => `# Configuration

The server is configured by these environment variables alone. An empty value counts as unset. A value that breaks its
rule stops the start with one line that names the variable, the rule and the value.

${configurationTable()}

The [commands](cli.md) that ask a running server find it by HOST, PORT and API_KEYS, or by these:

${table(clientVariables)}

This page is generated from the server's schema: \`npm run config-docs\` writes it.
`;
