/** Where the Chromium of this host is. wakeeper never downloads one: the operator decides what runs. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { DriverError } from '../../ports/driver.js';

/** What of the host the search depends on; a test passes its own. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}
const thisHost = (): Host => ({ platform: process.platform, env: process.env, home: homedir() });

/** Full Chromium first: chromium-headless-shell has no lock on its profile, and two can start on one. */
const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge-stable',
];

const MAC_APPS = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Chromium.app/Contents/MacOS/Chromium',
  'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];
const WINDOWS_APPS = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Chromium\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];
/** Below puppeteer's `chrome/<platform>-<version>/`. */
const CACHED = [
  'chrome-linux64/chrome',
  'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-win64/chrome.exe',
  'chrome-win32/chrome.exe',
];

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function foldersOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  } catch {
    return [];
  }
}

function* candidates({ platform, env, home }: Host): Generator<string> {
  if (platform === 'darwin')
    for (const root of ['/Applications', join(home, 'Applications')])
      for (const app of MAC_APPS) yield join(root, app);
  if (platform === 'win32')
    for (const root of [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA])
      if (root) for (const app of WINDOWS_APPS) yield join(root, app);
  for (const name of NAMES)
    for (const folder of (env.PATH ?? '').split(delimiter)) if (folder) yield join(folder, name);
  const cache = join(env.PUPPETEER_CACHE_DIR ?? join(home, '.cache', 'puppeteer'), 'chrome');
  for (const version of foldersOf(cache)) for (const file of CACHED) yield join(cache, version, file);
}

const REMEDY =
  'Install one (Debian and Ubuntu: apt-get install chromium; Alpine: apk add chromium; macOS and Windows: Google Chrome), or set CHROME_PATH to its executable.';

/** @throws DriverError BROWSER_NOT_FOUND with what to do about it. */
export function findBrowser(chromePath?: string | undefined, host: Host = thisHost()): string {
  if (chromePath) {
    if (isExecutable(chromePath)) return chromePath;
    throw new DriverError({
      code: 'BROWSER_NOT_FOUND',
      message: `CHROME_PATH is ${chromePath}, and there is no executable file. ${REMEDY}`,
    });
  }
  for (const file of candidates(host)) if (isExecutable(file)) return file;
  throw new DriverError({
    code: 'BROWSER_NOT_FOUND',
    message: `No Chromium was found on this host. ${REMEDY}`,
  });
}
