/** How a browser is started: on a pipe, so that it ends cleanly whenever the node does, and without sharing anything. */
import { DriverError } from '../../ports/driver.js';

export interface LaunchRequest {
  readonly browserPath: string;
  readonly chromeArgs: readonly string[];
  readonly proxy: string | null;
  readonly signal: AbortSignal;
  /** User ids exist, and this is root's: Chromium refuses its sandbox there. */
  readonly isRoot: boolean;
}

/**
 * What a browser need not hold that nobody looks at. Each is worth its risk (docs/benchmarks.md has what each saves), and
 * none of them takes a wall away between a page, the browser and the host.
 */
export const LEAN_ARGS: readonly string[] = [
  // Two pages of the address bar's own, with a renderer to themselves, for someone to type into.
  '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup',
  // A renderer held ready for another site: there is one site here.
  '--disable-features=SpareRendererForSitePerProcess',
  // WebGL without a graphics card. Everything else is drawn by the processor all the same.
  '--disable-software-rasterizer',
];

/**
 * Where the disk is full, Chromium makes room by throwing away what its pages keep (quota eviction), and here that is the
 * pairing. The one page there is may have the whole disk for it. The headless shell does not know this flag.
 */
export const KEEPING_ARGS: readonly string[] = ['--unlimited-storage'];

/** Puppeteer's own wait for a browser that does not come up. */
const LAUNCH_TIMEOUT_MS = 60_000;

export function launchOptions({
  browserPath,
  chromeArgs,
  proxy,
  signal,
  isRoot,
}: LaunchRequest): Readonly<Record<string, unknown>> & { readonly args: readonly string[] } {
  const server = proxy === null ? undefined : new URL(proxy);
  return {
    headless: true,
    defaultViewport: null,
    executablePath: browserPath,
    pipe: true,
    signal,
    timeout: LAUNCH_TIMEOUT_MS,
    // Each call has a deadline of ours; one that puppeteer gives up goes on in the page all the same.
    protocolTimeout: 0,
    // Puppeteer would kill the browser at SIGTERM and let the process run on; the node's shutdown closes it properly.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      ...(isRoot ? ['--no-sandbox'] : []),
      // Said here too: puppeteer drops its pipe when CHROME_ARGS asks for a debugging port.
      '--remote-debugging-pipe',
      ...KEEPING_ARGS,
      ...LEAN_ARGS,
      ...(server ? [`--proxy-server=${server.protocol}//${server.host}`] : []),
      ...chromeArgs,
    ],
  };
}

/** @throws DriverError for an address that is none. */
export function proxyCredentials(proxy: string | null): { username: string; password: string } | undefined {
  if (proxy === null) return undefined;
  if (!URL.canParse(proxy))
    throw new DriverError({
      code: 'LAUNCH_FAILED',
      message: `The proxy is not an address such as http://host:3128.`,
    });
  const { username, password } = new URL(proxy);
  return username
    ? { username: decodeURIComponent(username), password: decodeURIComponent(password) }
    : undefined;
}
