/** The settings of the driver, in the words of the environment variables that the server reads them from. */
import { LifecycleError } from '../../domain/errors.js';
import { CONTINUE_LABELS } from './continue-labels.js';
import { inWords, type PageLayerFile, readPageLayerFile } from './page-layer-file.js';

/** Something that an operator should know and that no call can be refused with. */
export interface DriverNotice {
  readonly instanceId: string | null;
  /** A sentence. */
  readonly message: string;
  readonly cause?: unknown;
}

export interface WhatsAppWebOptions {
  /** Where the profiles are, one folder for each instance. It has one owner at a time. */
  readonly authBaseDir: string;
  /** The browser's executable; found on the system by default. */
  readonly chromePath?: string | undefined;
  /** Further arguments of the browser, added last. */
  readonly chromeArgs?: readonly string[] | undefined;
  /**
   * A version of WhatsApp Web whose page was kept in `<authBaseDir>/.web-versions/<version>.html`. By default the page is
   * the one that WhatsApp serves; each version that became ready is kept there, so that one that worked can be pinned.
   */
  readonly webVersion?: string | undefined;
  /**
   * A JavaScript file that is evaluated in each document after the driver's own repairs of the page, for those instances
   * that have `pageLayerLabel` (`name=value`, or a name alone); for all without it.
   */
  readonly pageLayerFile?: string | undefined;
  readonly pageLayerLabel?: string | undefined;
  /** What the browser says it is; the library's own by default. */
  readonly userAgent?: string | undefined;
  /** A code older than this is stale: WhatsApp shows the first for 60 s and each further one for 20 s. */
  readonly qrStallMs?: number | undefined;
  /** How long the browser, the page and the library may take until a code is shown or the account is recognised. */
  readonly initializeTimeoutMs?: number | undefined;
  /** Further labels of the button that closes the dialog after a new link; `continue-labels.ts` has those that are known. */
  readonly onboardingLabels?: readonly string[] | undefined;
  /** How long the owner of authBaseDir before this one may take to end. */
  readonly lockWaitMs?: number | undefined;
  /** How long the browsers may take to end by themselves at shutdown; then they are killed. */
  readonly shutdownTimeoutMs?: number | undefined;
  /** What the library leaked and what could not be cleaned up. Ignored by default. */
  readonly onNotice?: ((notice: DriverNotice) => void) | undefined;
}

export interface ResolvedOptions {
  readonly authBaseDir: string;
  readonly chromePath: string | undefined;
  readonly chromeArgs: readonly string[];
  readonly webVersion: string | undefined;
  readonly pageLayer: PageLayerFile | undefined;
  readonly userAgent: string | undefined;
  readonly qrStallMs: number;
  readonly initializeTimeoutMs: number;
  readonly onboardingLabels: readonly string[];
  readonly lockWaitMs: number;
  readonly shutdownTimeoutMs: number;
  readonly onNotice: (notice: DriverNotice) => void;
}

/** Arguments that would put two browsers on one profile, or take the browser out of our hands. */
const NOT_THEIRS = /^--(user-data-dir|remote-debugging-pipe)(=|$)/;

/** @throws LifecycleError INVALID_INPUT */
export function resolveWhatsAppWebOptions(given: WhatsAppWebOptions): ResolvedOptions {
  const taken = given.chromeArgs?.find((arg) => NOT_THEIRS.test(arg));
  if (taken)
    throw new LifecycleError('INVALID_INPUT', {
      message: `CHROME_ARGS must not hold ${taken}: each instance has a profile and a pipe of its own.`,
      details: { path: 'chromeArgs' },
    });
  if (given.pageLayerLabel !== undefined && given.pageLayerFile === undefined)
    throw new LifecycleError('INVALID_INPUT', {
      message: `PAGE_LAYER_LABEL is ${given.pageLayerLabel} without PAGE_LAYER_FILE. Set the file, or unset the label.`,
      details: { path: 'pageLayerLabel' },
    });
  return withDefaults(given);
}

/** What an operator should know of these settings from the start on. */
export function startNotices({ webVersion, pageLayer }: ResolvedOptions): readonly string[] {
  return [
    ...(webVersion === undefined
      ? []
      : [
          `WEB_VERSION pins WhatsApp Web ${webVersion}. WhatsApp stops taking a version within weeks, and then unlinks or refuses the session; unset WEB_VERSION as soon as the page of today works.`,
        ]),
    ...(pageLayer === undefined ? [] : [inWords(pageLayer)]),
  ];
}

const withDefaults = (given: WhatsAppWebOptions): ResolvedOptions => ({
  authBaseDir: given.authBaseDir,
  chromePath: given.chromePath,
  chromeArgs: given.chromeArgs ?? [],
  webVersion: given.webVersion,
  pageLayer:
    given.pageLayerFile === undefined
      ? undefined
      : readPageLayerFile(given.pageLayerFile, given.pageLayerLabel),
  userAgent: given.userAgent,
  qrStallMs: given.qrStallMs ?? 75_000,
  // As READY_TIMEOUT_MS: nothing is gained by waiting longer than the instance does.
  initializeTimeoutMs: given.initializeTimeoutMs ?? 180_000,
  onboardingLabels: [...CONTINUE_LABELS, ...(given.onboardingLabels ?? [])],
  lockWaitMs: given.lockWaitMs ?? 5_000,
  shutdownTimeoutMs: given.shutdownTimeoutMs ?? 8_000,
  onNotice: given.onNotice ?? (() => undefined),
});
