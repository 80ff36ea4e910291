/**
 * `wakeeper page-check`: whether WhatsApp's page of today is one that this program works on. What it prints is fit for a
 * bug report: versions and names of modules of the page, and nothing of an account.
 */
import { isLifecycleError, messageOf, PAGE_CAPABILITIES, type PageCapability } from '@wakeeper/lifecycle';
import { checkPage, type PageCheck } from '@wakeeper/lifecycle/whatsapp-web';
import { type Config, loadConfig } from '../config.js';
import { CommandError } from './command-error.js';
import { type ExitCode, jsonLine, type Terminal } from './terminal.js';
import { textTable } from './text-table.js';

export interface PageCheckCommand {
  readonly instance?: string | undefined;
  readonly proxy?: string | undefined;
  readonly json?: boolean | undefined;
  /** Of this program. */
  readonly version: string;
}

/** All that can be tested of these without an account is what is there before a scan, and no more is needed. */
const BEFORE_LINKING: readonly PageCapability[] = ['core', 'pairing'];

type Verdict = 'ok' | 'missing' | 'not testable unpaired';
interface Line {
  readonly capability: PageCapability;
  readonly verdict: Verdict;
  readonly missing: readonly string[];
}

function linesOf({ linked, report }: PageCheck): readonly Line[] {
  return PAGE_CAPABILITIES.map((capability) => {
    const { ok, missing } = report.capabilities[capability];
    const isTested = linked || BEFORE_LINKING.includes(capability);
    return { capability, verdict: isTested ? (ok ? 'ok' : 'missing') : 'not testable unpaired', missing };
  });
}

export async function pageCheck(terminal: Terminal, options: PageCheckCommand): Promise<ExitCode> {
  const config = loadConfig(terminal.env);
  terminal.err(
    options.instance === undefined
      ? 'Opening WhatsApp Web in a browser of its own, unpaired.\n'
      : 'Opening WhatsApp Web with the profile of the instance. Nothing is sent.\n',
  );
  const check = await run(config, options);
  const lines = linesOf(check);
  const isWell = lines.every(({ verdict }) => verdict !== 'missing');
  const facts = factsOf(check, options.version);
  if (options.json) terminal.out(jsonLine({ ok: isWell, ...facts, capabilities: lines }));
  else terminal.out(inWords(facts, lines, isWell));
  return isWell ? 0 : 1;
}

async function run(config: Config, { instance, proxy }: PageCheckCommand): Promise<PageCheck> {
  const { chrome, pageLayer, authBaseDir } = config;
  try {
    return await checkPage({
      authBaseDir,
      chromePath: chrome.path ?? undefined,
      chromeArgs: chrome.args,
      webVersion: chrome.webVersion ?? undefined,
      pageLayerFile: pageLayer.file ?? undefined,
      instanceId: instance ?? null,
      proxy: proxy ?? null,
    });
  } catch (error) {
    throw explained(error);
  }
}

function explained(error: unknown): unknown {
  if (isLifecycleError(error, 'PROFILE_NOT_FOUND'))
    return new CommandError(error.code, error.message, 'Look at AUTH_BASE_DIR, and at the id.', error);
  if (!(error instanceof Error) || !('failure' in error)) return error;
  const { code } = error.failure as { readonly code: string };
  return new CommandError(code, messageOf(error), REMEDIES[code] ?? null, error);
}
const REMEDIES: Readonly<Record<string, string>> = {
  PROFILE_IN_USE: 'Stop the server (SIGTERM), check, and start it again: its instances stay paired.',
  UNPAIRED: 'Check without --instance, or link the instance again.',
  NEVER_READY: 'Look at the network with `wakeeper doctor`, and try again.',
};

type Facts = ReturnType<typeof factsOf>;
const factsOf = ({ linked, report }: PageCheck, version: string) => ({
  linked,
  page: report.version,
  edition: report.edition,
  browser: report.browser,
  library: report.library,
  wakeeper: version,
  node: process.versions.node,
  layer: report.layer,
  checkedAt: new Date(report.checkedAt).toISOString(),
});

function inWords(facts: Facts, lines: readonly Line[], isWell: boolean): string {
  const { linked, page, edition, browser, library, wakeeper, node, layer, checkedAt } = facts;
  const head = [
    ['page', `${page ?? 'says no version'}, edition ${linked ? edition : 'not testable unpaired'}`],
    ['linked', linked ? 'yes' : 'no'],
    ['browser', browser ?? 'says no version'],
    ['library', `whatsapp-web.js ${library}`],
    ['wakeeper', `${wakeeper}, Node ${node}`],
    [
      'layer',
      layer.length === 0 ? (linked ? 'no repair was needed' : 'not testable unpaired') : layer.join(', '),
    ],
    ['checked', checkedAt],
  ];
  const rows = lines.map(({ capability, verdict, missing }) => [capability, verdict, said(verdict, missing)]);
  const end = isWell
    ? linked
      ? 'This page has everything that is needed.'
      : 'Nothing is missing of what can be tested unpaired. With --instance the rest is tested too.'
    : 'This page lacks something. Paste all of this into a bug report: there is nothing of an account in it.';
  return `${textTable(head)}\n${textTable(rows)}\n${end}\ndocs/compatibility.md says what each line means.\n`;
}

function said(verdict: Verdict, missing: readonly string[]): string {
  if (missing.length === 0) return verdict === 'not testable unpaired' ? 'its modules are there' : '';
  const names = missing.join(', ');
  return verdict === 'missing' ? names : `not there before linking: ${names}`;
}
