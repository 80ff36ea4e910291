/**
 * PageWatch: the pages that lack something, by their self-tests and by what they refused. It says which capabilities are off,
 * raises one alert for all instances, and has such a page tested again. A page that can do everything costs nothing here.
 */
import { messageOf } from '../domain/errors.js';
import type { FactDraft } from '../domain/fact.js';
import { PAGE_CAPABILITIES, type PageCapability, type PageReport } from '../domain/page-report.js';
import type { PageView } from '../instance/instance-view.js';
import { spread } from '../policy/backoff.js';
import type { LifecycleOptions } from '../policy/options.js';
import { checkedRules, missingOf, obstaclesIn, offBy, type PageSelfTest } from '../policy/page-policy.js';
import type { Clock } from '../ports/clock.js';
import type { Driver, GenerationRef } from '../ports/driver.js';
import type { Log } from './log.js';

export interface PageWatchDeps {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly options: LifecycleOptions;
  readonly log: Log;
  readonly append: (fact: FactDraft) => void;
  /** What is off of an instance has changed: its queue may go on, or has to pass something. */
  readonly changed: (instanceId: string) => void;
  /** Has the chart load an incompatible page again, before its time. */
  readonly retest: (instanceId: string) => void;
}

/** Part of `InstanceManager`: what failed probes of WhatsApp's page lead to. */
export interface PageRules {
  /** The rule for each capability, as it holds now. */
  readonly policy: PageSelfTest;
  /**
   * Changes rules until the process ends. Instances on a page that lacks something are tested again at once, and go on where
   * the rules let them.
   * @throws LifecycleError INVALID_INPUT
   */
  change(rules: Partial<PageSelfTest>): void;
}

interface Watched {
  /** The generation whose page it is, or null when none is open. */
  generation: number | null;
  report: PageReport;
  /** Switched off by a refusal since the last test that passed. */
  readonly refused: Set<PageCapability>;
  /** Refusals of this generation. */
  refusals: number;
  off: readonly PageCapability[];
  retest: unknown;
}

type Alert = 'page_incompatible' | 'page_degraded';

const TEST_DEADLINE_MS = 10_000;
/** After a refusal the page is tested soon, and later each time that the test finds nothing wrong. */
const TEST_AFTER_REFUSAL_MS = [60_000, 5 * 60_000];
const RETEST_SPREAD = 0.2;
const NOTHING: readonly PageCapability[] = [];

export class PageWatch implements PageRules {
  readonly #deps: PageWatchDeps;
  readonly #pages = new Map<string, Watched>();
  /** Versions of the page that were logged. */
  readonly #versions = new Set<string>();
  /** What each alert that stands now says. */
  readonly #alerts = new Map<Alert, string>();
  #policy: PageSelfTest;
  #isClosed = false;

  constructor(deps: PageWatchDeps) {
    this.#deps = deps;
    this.#policy = deps.options.pageSelfTest;
  }

  get policy(): PageSelfTest {
    return this.#policy;
  }

  change(rules: Partial<PageSelfTest>): void {
    this.#policy = { ...this.#policy, ...checkedRules(rules) };
    for (const [instanceId, page] of this.#pages) {
      // What a page that is gone lacked says nothing of the next one.
      if (page.generation === null) continue;
      this.#settle(instanceId, page);
      if (missingOf(page.report).length > 0) void this.#test(instanceId, page);
    }
    this.#tellAlerts();
  }

  /** What calls and items of the instance may not ask of its page now. */
  off(instanceId: string): readonly PageCapability[] {
    return this.#pages.get(instanceId)?.off ?? NOTHING;
  }

  /** How many instances have each capability missing or off. */
  count(): Readonly<Partial<Record<PageCapability, number>>> {
    const counts: Partial<Record<PageCapability, number>> = {};
    for (const page of this.#pages.values())
      for (const name of lackedBy(page)) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  }

  /** The self-test of a page has ended. */
  tested(instanceId: string, generation: number, report: PageReport): void {
    const before = this.#pages.get(instanceId);
    this.#log(instanceId, report, before?.report);
    if (!before && missingOf(report).length === 0) return;
    const isSameGeneration = before?.generation === generation;
    const page: Watched = {
      generation,
      report,
      // What was refused and tests well is tried again; how often it was refused is remembered.
      refused: new Set(),
      refusals: isSameGeneration ? before.refusals : 0,
      off: before?.off ?? NOTHING,
      retest: null,
    };
    const wasStopped = before !== undefined && this.#stops(before);
    if (before) this.#deps.clock.clearTimeout(before.retest);
    this.#pages.set(instanceId, page);
    this.#settle(instanceId, page);
    if (wasStopped && !this.#stops(page)) this.#retestOthers();
    if (lackedBy(page).length === 0 && page.refusals === 0) this.#pages.delete(instanceId);
    this.#tellAlerts();
  }

  /** The page is gone; what it lacked stays alerted until the next page is tested. */
  closed(instanceId: string): void {
    const page = this.#pages.get(instanceId);
    if (!page) return;
    this.#deps.clock.clearTimeout(page.retest);
    page.generation = null;
    page.off = NOTHING;
  }

  /** The instance is stopped or removed: nothing of its page matters any more. */
  forget(instanceId: string): void {
    this.closed(instanceId);
    if (this.#pages.delete(instanceId)) this.#tellAlerts();
  }

  /** The page has refused an item with `INCOMPATIBLE_PAGE`: the capability is off until a test passes. */
  refused({ instanceId, generation }: GenerationRef, report: PageReport, capability: PageCapability): void {
    const before = this.#pages.get(instanceId);
    const page: Watched =
      before?.generation === generation
        ? before
        : { generation, report, refused: new Set(), refusals: 0, off: NOTHING, retest: null };
    this.#pages.set(instanceId, page);
    page.refused.add(capability);
    page.refusals += 1;
    this.#deps.log.warn(
      { instanceId, capability, version: report.version },
      "WhatsApp's page refused what it could do before: the capability is off until a self-test passes",
    );
    this.#settle(instanceId, page);
    this.#tellAlerts();
  }

  close(): void {
    this.#isClosed = true;
    for (const page of this.#pages.values()) this.#deps.clock.clearTimeout(page.retest);
  }

  /** Its instance is incompatible. */
  #stops({ report }: Watched): boolean {
    return obstaclesIn(report, this.#policy).length > 0;
  }

  /** One page that stopped its instance is well again: the others need not wait for their hour. Not all at once. */
  #retestOthers(): void {
    const { clock, options, retest } = this.#deps;
    for (const [instanceId, page] of this.#pages) {
      if (this.#isClosed || page.generation === null || !this.#stops(page)) continue;
      clock.clearTimeout(page.retest);
      page.retest = clock.setTimeout(
        () => retest(instanceId),
        Math.floor(options.resumeSpreadMs * clock.random()),
      );
    }
  }

  /** Works out what is off, and when the page is tested again. */
  #settle(instanceId: string, page: Watched): void {
    const { clock, options } = this.#deps;
    const off = new Set([...offBy(page.report, this.#policy), ...page.refused]);
    const before = page.off;
    page.off = off.size === 0 ? NOTHING : PAGE_CAPABILITIES.filter((name) => off.has(name));
    clock.clearTimeout(page.retest);
    page.retest = null;
    // A page that is incompatible is loaded again and tested by the chart.
    const isWatched = page.generation !== null && !this.#stops(page);
    if (isWatched && !this.#isClosed && lackedBy(page).length > 0) {
      const soon = page.refused.size > 0 ? TEST_AFTER_REFUSAL_MS[page.refusals - 1] : undefined;
      const wait = spread(soon ?? options.pageRetestMs, RETEST_SPREAD, clock.random());
      page.retest = clock.setTimeout(() => void this.#test(instanceId, page), wait);
    }
    if (before.join() !== page.off.join()) this.#deps.changed(instanceId);
  }

  /** Never rejects: the page that cannot be tested is tested again later. */
  async #test(instanceId: string, page: Watched): Promise<void> {
    const { driver, log } = this.#deps;
    const { generation } = page;
    if (generation === null || this.#isClosed) return;
    try {
      await driver.testPage({ instanceId, generation, deadlineMs: TEST_DEADLINE_MS });
    } catch (error) {
      log.warn({ instanceId, error: messageOf(error) }, "WhatsApp's page could not be tested again");
      if (this.#pages.get(instanceId) !== page) return;
      this.#settle(instanceId, page);
      // The rules may have changed under a session that goes on: only another test can stop it.
      page.retest ??= this.#deps.clock.setTimeout(
        () => void this.#test(instanceId, page),
        spread(this.#deps.options.pageRetestMs, RETEST_SPREAD, this.#deps.clock.random()),
      );
    }
  }

  /** Each version once, and whatever lacks something or has it back. */
  #log(instanceId: string, report: PageReport, before: PageReport | undefined): void {
    const { log } = this.#deps;
    const { version, edition, browser, library, layer } = report;
    const line = { instanceId, version, edition, browser, library, layer };
    const missing = missingOf(report);
    const isNew = !this.#versions.has(`${version} ${edition}`);
    this.#versions.add(`${version} ${edition}`);
    if (before ? signature(before) === signature(report) : missing.length === 0 && !isNew) return;
    if (missing.length === 0) log.info(line, "WhatsApp's page was tested and can do everything");
    else
      log.warn(
        {
          ...line,
          missing: Object.fromEntries(missing.map((name) => [name, report.capabilities[name].missing])),
        },
        "WhatsApp's page was tested and lacks something",
      );
  }

  #tellAlerts(): void {
    const lacking: Record<Alert, Map<string, Watched>> = {
      page_incompatible: new Map(),
      page_degraded: new Map(),
    };
    for (const [instanceId, page] of this.#pages)
      if (this.#stops(page)) lacking.page_incompatible.set(instanceId, page);
      else if (lackedBy(page).length > 0) lacking.page_degraded.set(instanceId, page);
    for (const name of Object.keys(lacking) as Alert[]) this.#tellAlert(name, lacking[name]);
  }

  /** Raised once for all instances, and again when there is something new in it. */
  #tellAlert(name: Alert, pages: ReadonlyMap<string, Watched>): void {
    const at = this.#deps.clock.now();
    const message = pages.size > 0 ? MESSAGES[name]([...pages.values()]) : null;
    const before = this.#alerts.get(name);
    if (message === (before ?? null)) return;
    const instances = [...pages.keys()];
    if (message === null) {
      this.#alerts.delete(name);
      const body = { name, message: before ?? '', instances };
      this.#deps.append({ type: 'alert.resolved', instanceId: null, at, body });
      return;
    }
    this.#alerts.set(name, message);
    this.#deps.append({ type: 'alert.raised', instanceId: null, at, body: { name, message, instances } });
  }
}

/** What was found missing, and what was refused since. */
const lackedBy = ({ report, refused }: Watched): readonly PageCapability[] => [
  ...new Set([...missingOf(report), ...refused]),
];

const signature = ({ version, edition, capabilities }: PageReport): string =>
  [version, edition, ...PAGE_CAPABILITIES.filter((name) => !capabilities[name].ok)].join();

/** The versions and what they lack: the same for all instances on them, so that the alert is raised once. */
const listed = (pages: readonly Watched[]): string =>
  [...new Set(pages.map((page) => `${page.report.version ?? 'unknown'}: ${lackedBy(page).join(', ')}`))]
    .sort()
    .join('; ');
const MESSAGES: Readonly<Record<Alert, (pages: readonly Watched[]) => string>> = {
  page_incompatible: (pages) =>
    `WhatsApp has changed its page, and sessions on it cannot work (${listed(pages)}). They stay linked, and sends wait. Update wakeeper, or see docs/compatibility.md.`,
  page_degraded: (pages) =>
    `WhatsApp's page lacks something (${listed(pages)}). What needs it is refused or waits; the rest works.`,
};

const ALL_OK = Object.fromEntries(PAGE_CAPABILITIES.map((name) => [name, 'ok'])) as PageView['capabilities'];
const NONE: PageView['missing'] = {};

/** As it stands in the view of an instance. */
export function pageView(report: PageReport, off: readonly PageCapability[]): PageView {
  const { version, edition, browser, library, layer, checkedAt, capabilities } = report;
  const missing = missingOf(report);
  const told = { version, edition, browser, library, layer, checkedAt };
  if (missing.length === 0 && off.length === 0) return { ...told, capabilities: ALL_OK, missing: NONE };
  const stateOf = (name: PageCapability) =>
    off.includes(name) ? 'off' : capabilities[name].ok ? 'ok' : 'doubtful';
  return {
    ...told,
    capabilities: Object.fromEntries(
      PAGE_CAPABILITIES.map((name) => [name, stateOf(name)]),
    ) as PageView['capabilities'],
    missing: Object.fromEntries(missing.map((name) => [name, capabilities[name].missing])),
  };
}
