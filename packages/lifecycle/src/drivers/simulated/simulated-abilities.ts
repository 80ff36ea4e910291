/** What the simulated page can do: everything, until a test takes a capability away. */
import {
  type CapabilityReport,
  PAGE_CAPABILITIES,
  type PageCapability,
  type PageReport,
} from '../../domain/page-report.js';

type Capabilities = PageReport['capabilities'];

const OK: CapabilityReport = { ok: true, missing: [] };
const capabilitiesWithout = (lacking: ReadonlySet<PageCapability>): Capabilities =>
  Object.fromEntries(
    PAGE_CAPABILITIES.map((name) => [
      name,
      lacking.has(name) ? { ok: false, missing: [`simulated ${name}`] } : OK,
    ]),
  ) as Record<PageCapability, CapabilityReport>;

/** Shared by all pages that lack nothing: ten thousand of them cost no more than one. */
const EVERYTHING = capabilitiesWithout(new Set());
const NO_REPAIRS: readonly string[] = [];
const NOTHING_SEEN: readonly PageCapability[] = [];

export function simulatedReport(
  lacking: ReadonlySet<PageCapability> | undefined,
  checkedAt: number,
  seenToWork: readonly PageCapability[] = NOTHING_SEEN,
): PageReport {
  return {
    version: 'simulated',
    edition: 'simulated',
    browser: null,
    library: 'simulated',
    layer: NO_REPAIRS,
    checkedAt,
    capabilities: lacking && lacking.size > 0 ? capabilitiesWithout(lacking) : EVERYTHING,
    seenToWork,
  };
}
