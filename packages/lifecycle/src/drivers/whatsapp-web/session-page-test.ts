/** The self-test of one session's page, from Node: waits until the page is whole, asks it once, and makes the report. */
import wwebjs from 'whatsapp-web.js';
import {
  type CapabilityReport,
  PAGE_CAPABILITIES,
  type PageCapability,
  type PageReport,
  REQUIRED_CAPABILITIES,
} from '../../domain/page-report.js';
import type { DriverEvent, DriverFailure } from '../../ports/driver.js';
import { failureOf } from './driver-failure.js';
import { idOf } from './incoming-fact.js';
import { inPage, within } from './page-call.js';
import { HOOKED, LIBRARY_NEEDS, PAGE_NEEDS } from './page-needs.js';
import {
  modulesAreQuiet,
  type PageTestAnswer,
  type PageTestCall,
  QUIET_AT_MOST_MS,
  testInPage,
} from './page-self-test.js';
import type { Page } from './web-client.js';

/** The page answers within it, or it hangs. */
const ANSWER_MS = 5_000;
/** What one part of the test may take of it: the rest of the answer is not given up for a part. */
const PART_MS = 3_000;
/** What was seen to work longer ago says nothing of now. */
const SEEN_MS = 10 * 60_000;

/** What its declarations leave out. */
const LIBRARY = 'version' in wwebjs ? String(wwebjs.version) : 'unknown';

const HUNG: DriverFailure = {
  code: 'PAGE_HUNG',
  message: `The page did not answer its self-test within ${ANSWER_MS} ms.`,
};
const NEVER_QUIET: DriverFailure = {
  code: 'PAGE_HUNG',
  message: 'The page did not answer while its self-test waited for its modules.',
};

const LINKED = { needs: PAGE_NEEDS, library: LIBRARY_NEEDS, hooked: HOOKED, linked: true } as const;
/** The library sets nothing up before. */
const UNLINKED = { needs: PAGE_NEEDS, library: {}, hooked: {}, linked: false } as const;

const quiet = (page: Page): Promise<void> =>
  within(inPage(page, modulesAreQuiet, null), QUIET_AT_MOST_MS + ANSWER_MS, NEVER_QUIET);

export interface PageTestOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The browser's own name for its version. */
  readonly browser: () => Promise<string | null>;
  /** Something has worked that the last report calls broken, and a session is not worth the name without. */
  readonly contradicted: () => void;
}

export class SessionPageTest {
  readonly #options: PageTestOptions;
  readonly #seen = new Map<PageCapability, number>();
  #last: PageReport['capabilities'] | undefined;

  constructor(options: PageTestOptions) {
    this.#options = options;
  }

  /** Takes note of what works. An inbound message with an id takes as much as an acknowledgement does. */
  saw(event: DriverEvent): void {
    if (event.type === 'inbound' && event.message.id) this.#remember('core', 'ids', 'inbound');
    if (event.type === 'ack' && event.messageId) this.#remember('core', 'ids', 'acks');
  }

  /** The page may be another edition: what worked in the old document says nothing of it. */
  newDocument(): void {
    this.#seen.clear();
    this.#last = undefined;
  }

  /** In a new document, once it loads no more modules. @throws what the page throws, DriverError PAGE_HUNG */
  async whenQuiet(page: Page): Promise<PageReport> {
    await quiet(page);
    return this.now(page);
  }

  /** In the present document. @throws what the page throws where it navigates, DriverError PAGE_HUNG */
  async now(page: Page, deadlineMs = ANSWER_MS): Promise<PageReport> {
    const report = await this.#ask(page, LINKED, Math.min(ANSWER_MS, deadlineMs));
    this.#last = report.capabilities;
    return report;
  }

  /** Where no account is linked: whether the modules are there. @throws what the page throws, DriverError PAGE_HUNG */
  async unlinked(page: Page): Promise<PageReport> {
    await quiet(page);
    return this.#ask(page, UNLINKED, ANSWER_MS);
  }

  async #ask(page: Page, call: Omit<PageTestCall, 'answerMs'>, withinMs: number): Promise<PageReport> {
    const asked = inPage(page, testInPage, { ...call, answerMs: Math.min(PART_MS, withinMs * 0.6) });
    const answer = await within(asked.catch(brokenPage), withinMs, HUNG);
    return {
      version: answer.version,
      edition: answer.edition,
      browser: await this.#options.browser(),
      library: LIBRARY,
      layer: answer.layer,
      checkedAt: this.#options.now(),
      capabilities: capabilitiesOf(answer),
      seenToWork: PAGE_CAPABILITIES.filter((name) => this.#worksStill(name)),
    };
  }

  #remember(...capabilities: readonly PageCapability[]): void {
    for (const name of capabilities) this.#seen.set(name, this.#options.now());
    const last = this.#last;
    if (last && REQUIRED_CAPABILITIES.some((name) => capabilities.includes(name) && !last[name].ok))
      this.#options.contradicted();
  }
  #worksStill(name: PageCapability): boolean {
    const at = this.#seen.get(name);
    return at !== undefined && this.#options.now() - at <= SEEN_MS;
  }
}

/** A page in which the test itself cannot run has lost what everything stands on; one that goes away has not. */
function brokenPage(thrown: unknown): PageTestAnswer {
  if (failureOf(thrown, 'PROBE_FAILED').code === 'PAGE_CLOSED') throw thrown;
  return {
    version: null,
    edition: 'unknown',
    layer: [],
    missing: { core: ['the self-test cannot run in this page'] },
    copies: [],
  };
}

const OK: CapabilityReport = { ok: true, missing: [] };

/** @internal */
export function capabilitiesOf({ missing, copies }: PageTestAnswer): PageReport['capabilities'] {
  const unreadable = copies.some(({ copy, text }) => idOf(copy) !== text);
  const report = (name: PageCapability): CapabilityReport => {
    const lacks = [
      ...(missing[name] ?? []),
      ...(name === 'ids' && unreadable ? ['WAWebMsgKey (a copy loses its text)'] : []),
    ];
    return lacks.length === 0 ? OK : { ok: false, missing: lacks };
  };
  const reports = PAGE_CAPABILITIES.map((name) => [name, report(name)] as const);
  return Object.fromEntries(reports) as Record<PageCapability, CapabilityReport>;
}
