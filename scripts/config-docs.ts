/**
 * Writes docs/configuration.md out of the server's schema. With `--check` it writes nothing, and fails when the page
 * is not what the schema says.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { configurationTable } from '../packages/server/src/configuration-table.js';

const page = new URL('../docs/configuration.md', import.meta.url);
const wanted = `# Configuration

The server reads these environment variables, and nothing else. An empty value counts as unset. A value that breaks its
rule stops the start with one line that names the variable, the rule and the value.

${configurationTable()}

This page is generated: \`npm run config-docs\` writes it.
`;

if (process.argv.includes('--check')) {
  const present = await readFile(page, 'utf8').catch(() => '');
  if (present !== wanted) {
    console.error('docs/configuration.md is not what the schema says: run npm run config-docs.');
    process.exitCode = 1;
  }
} else {
  await writeFile(page, wanted);
}
