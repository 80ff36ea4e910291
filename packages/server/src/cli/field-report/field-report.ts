/** `wakeeper field-report`: what happened to a fleet, fit to be shown to others. It reads the store while the server runs, or after. */
import { defaultOptions } from '@wakeeper/lifecycle';
import { readSqliteHistory } from '@wakeeper/lifecycle/sqlite';
import { loadConfig } from '../../config.js';
import { iso } from '../../http/time.js';
import { CommandError } from '../command-error.js';
import { type ExitCode, jsonLine, type Terminal } from '../terminal.js';
import { type FleetReport, fleetReport } from './fleet-report.js';
import { reportText } from './report-text.js';

export interface FieldReportOptions {
  /** How far to look back, in milliseconds. */
  readonly since: number;
  readonly names?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export function fieldReport(
  terminal: Terminal,
  { since: backMs, names = false, json }: FieldReportOptions,
): ExitCode {
  const { store } = loadConfig(terminal.env);
  if (store.kind === 'memory')
    throw new CommandError(
      'NOT_SUPPORTED',
      'STORE_URL is memory: there is no history on the disk to tell of.',
      'Set STORE_URL as the server has it.',
    );
  const until = Date.now();
  const since = until - backMs;
  const itemsKeptMs = defaultOptions.settledRetentionMs;
  // Of what was accepted earlier only those are still there that were settled late.
  const history = readSqliteHistory(store.path, Math.max(since, until - itemsKeptMs));
  const report = fleetReport(history, { since, until, itemsKeptMs, names });
  terminal.out(json ? jsonLine(reportJson(report)) : reportText(report));
  return 0;
}

/** Moments in ISO 8601; lengths stay milliseconds. */
function reportJson(report: FleetReport): object {
  const { history, outages, sends, uncertain } = report;
  const { longest } = outages;
  const known = <S extends { readonly knownSince: number }>(section: S) => ({
    ...section,
    knownSince: iso(section.knownSince),
  });
  return {
    ...report,
    since: iso(report.since),
    until: iso(report.until),
    history: known(history),
    outages: { ...outages, longest: longest && { ...longest, from: iso(longest.from) } },
    sends: known(sends),
    uncertain: known(uncertain),
  };
}
