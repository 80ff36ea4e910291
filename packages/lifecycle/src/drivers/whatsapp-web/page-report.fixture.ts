/** A report of a page that can do everything, for tests of what is said around it. */
import { type CapabilityReport, PAGE_CAPABILITIES, type PageReport } from '../../domain/page-report.js';

const OK: CapabilityReport = { ok: true, missing: [] };

export const wholePage: PageReport = {
  version: '2.3000.1',
  edition: '2026-05',
  browser: 'Chrome/156.0.8078.73',
  library: '1.34.7',
  layer: [],
  checkedAt: 0,
  capabilities: Object.fromEntries(PAGE_CAPABILITIES.map((name) => [name, OK])) as PageReport['capabilities'],
  seenToWork: [],
};
