/**
 * Writes docs/configuration.md out of the server's schema. With `--check` it writes nothing, and fails when the page
 * is not what the schema says.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { configurationPage } from '../packages/server/src/configuration-table.js';

const page = new URL('../docs/configuration.md', import.meta.url);

if (!process.argv.includes('--check')) await writeFile(page, configurationPage());
else if ((await readFile(page, 'utf8').catch(() => '')) !== configurationPage()) {
  console.error('docs/configuration.md is not what the schema says: run npm run config-docs.');
  process.exitCode = 1;
}
