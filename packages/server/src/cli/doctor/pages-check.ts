/** What the instances of the running server found missing in WhatsApp's page when they tested it last. */
import { PAGE_CAPABILITIES, type PageCapability } from '@wakeeper/lifecycle';
import { CommandError } from '../command-error.js';
import { allInstances } from '../instances.js';
import type { InstanceAnswer } from '../server-answers.js';
import type { ServerClient } from '../server-client.js';
import { type Finding, note, ok, wrong } from './finding.js';

const CHECK = 'page';
const REMEDY =
  'docs/compatibility.md says what follows from it; `wakeeper page-check` tests the page of today.';

/** `server`: null where none answers. */
export async function pagesCheck(server: ServerClient | null): Promise<Finding> {
  if (!server)
    return note(
      CHECK,
      "No server runs, so no instance has tested WhatsApp's page.",
      '`wakeeper page-check` tests it.',
    );
  try {
    const { items } = await allInstances(server, {});
    return pagesFinding(items);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return note(CHECK, `The server does not say what its instances found: ${error.message}`, error.remedy);
  }
}

/** @internal */
export function pagesFinding(instances: readonly InstanceAnswer[]): Finding {
  const pages = instances.flatMap(({ page }) => page ?? []);
  const versions = [...new Set(pages.map(({ version }) => version ?? 'unknown'))].sort().join(', ');
  const tested = `${pages.length} of ${instances.length} instances have tested WhatsApp's page`;
  if (pages.length === 0) return note(CHECK, `${tested}.`, '`wakeeper page-check` tests it.');
  const lacking = PAGE_CAPABILITIES.flatMap((name) => inWords(name, pages) ?? []);
  const summary = `${tested} (version ${versions})`;
  return lacking.length === 0
    ? ok(CHECK, `${summary}, and nothing is missing.`)
    : wrong(CHECK, `${summary}. Missing: ${lacking.join('; ')}.`, REMEDY);
}

/** `media on 2 (WAWebPrepRawMedia)`; undefined where no page lacks it. */
function inWords(
  capability: PageCapability,
  pages: readonly NonNullable<InstanceAnswer['page']>[],
): string | undefined {
  const without = pages.filter(({ capabilities }) => capabilities[capability] !== 'ok');
  if (without.length === 0) return undefined;
  const names = [...new Set(without.flatMap(({ missing }) => missing[capability] ?? []))].join(', ');
  return `${capability} on ${without.length}${names && ` (${names})`}`;
}
