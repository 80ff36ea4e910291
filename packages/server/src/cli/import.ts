/**
 * `wakeeper import`: the profiles of a home-made server become instances, without a new scan. They are copied, never
 * moved. No browser is started here: the next start of the server does that.
 */
import { existsSync } from 'node:fs';
import { isInstanceId, isLifecycleError, messageOf, OfflineAdoption } from '@wakeeper/lifecycle';
import { inspectSqliteStore, sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { type FoundProfile, findProfiles, whatsappWebDriver } from '@wakeeper/lifecycle/whatsapp-web';
import { type Config, loadConfig } from '../config.js';
import { CommandError } from './command-error.js';
import { type ExitCode, jsonLine, type Terminal } from './terminal.js';
import { shortBytes, textTable } from './text-table.js';

export interface ImportOptions {
  readonly from: string;
  readonly dryRun?: boolean | undefined;
  /** What the profile without a client id is called. */
  readonly defaultId: string;
  readonly json?: boolean | undefined;
}

type Outcome = 'would be adopted' | 'adopted' | 'exists already' | 'in use' | 'not possible';

export interface ImportedProfile {
  readonly source: string;
  readonly id: string;
  readonly bytes: number;
  readonly outcome: Outcome;
  /** Why, or null. */
  readonly reason: string | null;
}

const GOOD: readonly Outcome[] = ['would be adopted', 'adopted', 'exists already'];

export async function importProfiles(terminal: Terminal, options: ImportOptions): Promise<ExitCode> {
  const config = loadConfig(terminal.env);
  const found = await findProfiles(options.from);
  if (found.length === 0)
    throw new CommandError(
      'PROFILE_NOT_FOUND',
      `There is no profile in ${options.from}: no folder session or session-NAME that a browser has written to.`,
      'Give the folder that LocalAuth wrote to (its dataPath, .wwebjs_auth by default).',
    );
  const results = options.dryRun
    ? plan(config, found, options.defaultId)
    : await adoptAll(terminal, config, found, options.defaultId);
  report(terminal, results, options);
  return results.every(({ outcome }) => GOOD.includes(outcome)) ? 0 : 1;
}

interface Candidate {
  readonly id: string;
  readonly profile: FoundProfile;
}

const candidates = (found: readonly FoundProfile[], defaultId: string): readonly Candidate[] =>
  found.map((profile) => ({ id: profile.clientId ?? defaultId, profile }));

const result = (
  { id, profile }: Candidate,
  outcome: Outcome,
  reason: string | null = null,
): ImportedProfile => ({ source: profile.path, id, bytes: profile.bytes, outcome, reason });

/** What is known to stand in the way without trying; undefined where nothing is. */
function obstacle(
  candidate: Candidate,
  all: readonly Candidate[],
  known: ReadonlySet<string>,
): ImportedProfile | undefined {
  const { id, profile } = candidate;
  if (!isInstanceId(id))
    return result(candidate, 'not possible', 'an id is 1 to 64 characters out of A-Z, a-z, 0-9, "_" and "-"');
  const isTwice = profile.clientId === null && all.some((other) => other !== candidate && other.id === id);
  if (isTwice) return result(candidate, 'not possible', `another is called ${id}: choose a --default-id`);
  if (known.has(id)) return result(candidate, 'exists already', 'nothing is changed');
  if (profile.heldBy) {
    const { pid, host } = profile.heldBy;
    const who = pid === null ? `a browser on host ${host}` : `process ${pid} on host ${host}`;
    return result(candidate, 'in use', `${who} works on it: stop the server that runs it`);
  }
  return undefined;
}

function plan(config: Config, found: readonly FoundProfile[], defaultId: string): readonly ImportedProfile[] {
  const known = new Set(
    config.store.kind === 'sqlite' && existsSync(config.store.path)
      ? inspectSqliteStore(config.store.path).ids
      : [],
  );
  const all = candidates(found, defaultId);
  return all.map((candidate) => obstacle(candidate, all, known) ?? result(candidate, 'would be adopted'));
}

async function adoptAll(
  terminal: Terminal,
  config: Config,
  found: readonly FoundProfile[],
  defaultId: string,
): Promise<readonly ImportedProfile[]> {
  const adoption = await openAdoption(config);
  try {
    const all = candidates(found, defaultId);
    const results: ImportedProfile[] = [];
    for (const candidate of all) {
      const known = obstacle(candidate, all, adoption.ids);
      if (!known)
        terminal.err(`Copying ${candidate.profile.path} (${shortBytes(candidate.profile.bytes)})\n`);
      results.push(known ?? (await adoptOne(adoption, candidate)));
    }
    return results;
  } finally {
    await adoption.close();
  }
}

async function openAdoption({ driver, store, authBaseDir }: Config): Promise<OfflineAdoption> {
  if (driver === 'simulated' || store.kind === 'memory')
    throw new CommandError(
      'NOT_SUPPORTED',
      'Profiles are adopted into a store on the disk, for real browsers: DRIVER is simulated or STORE_URL is memory.',
      'Unset both, or look with --dry-run.',
    );
  try {
    return await OfflineAdoption.open({
      driver: whatsappWebDriver({ authBaseDir }),
      store: sqliteStore({ path: store.path }),
    });
  } catch (error) {
    if (!isLifecycleError(error, 'STORE_LOCKED')) throw error;
    throw new CommandError(
      'STORE_LOCKED',
      `A server works on ${store.path}, and profiles are adopted while it is down.`,
      'Stop it (SIGTERM), import, and start it again: its instances stay paired.',
      error,
    );
  }
}

/** One that fails does not keep the others from being adopted. */
async function adoptOne(adoption: OfflineAdoption, candidate: Candidate): Promise<ImportedProfile> {
  try {
    await adoption.adopt({ id: candidate.id, source: candidate.profile.path });
    return result(candidate, 'adopted');
  } catch (error) {
    const isHeld = isLifecycleError(error, 'PROFILE_IN_USE');
    return result(candidate, isHeld ? 'in use' : 'not possible', messageOf(error));
  }
}

function report(
  terminal: Terminal,
  results: readonly ImportedProfile[],
  { json, dryRun }: ImportOptions,
): void {
  if (json) {
    terminal.out(jsonLine({ dryRun: dryRun ?? false, profiles: results }));
    return;
  }
  const rows = results.map(({ source, id, bytes, outcome, reason }) => [
    source,
    id,
    shortBytes(bytes),
    outcome,
    reason ?? '',
  ]);
  terminal.out(textTable([['PROFILE', 'INSTANCE', 'SIZE', 'OUTCOME', ''], ...rows]));
  const adopted = results.filter(({ outcome }) => outcome === 'adopted').length;
  if (dryRun)
    terminal.out('Nothing was changed. Without --dry-run they are copied; the sources stay as they are.\n');
  else if (adopted > 0)
    terminal.out(`${adopted} adopted by a copy. \`wakeeper serve\` starts them, without a new scan.\n`);
}
