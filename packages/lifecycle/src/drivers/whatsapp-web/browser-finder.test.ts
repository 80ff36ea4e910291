import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DriverError } from '../../ports/driver.js';
import { findBrowser, type Host } from './browser-finder.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'finder-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function install(file: string): string {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
}
const host = (over: Partial<Host> = {}): Host => ({
  platform: 'linux',
  env: { PATH: join(root, 'bin') },
  home: join(root, 'home'),
  ...over,
});
const failureOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof DriverError) return error.failure;
    throw error;
  }
  throw new Error('Nothing was thrown.');
};

describe('browser finder', () => {
  it('takes the executable that CHROME_PATH names', () => {
    const chrome = install('opt/my-chrome');
    install('bin/chromium');
    expect(findBrowser(chrome, host())).toBe(chrome);
  });

  it('refuses a CHROME_PATH that is not an executable file, though another browser is installed', () => {
    install('bin/chromium');
    const failure = failureOf(() => findBrowser(join(root, 'gone'), host()));
    expect(failure).toMatchObject({
      code: 'BROWSER_NOT_FOUND',
      message: expect.stringContaining(join(root, 'gone')),
    });
  });

  it.each(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'])(
    'finds %s on the PATH',
    (name) => {
      const chrome = install(`bin/${name}`);
      expect(findBrowser(undefined, host())).toBe(chrome);
    },
  );

  it('finds Google Chrome among the applications of macOS', () => {
    const chrome = install('home/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
    expect(findBrowser(undefined, host({ platform: 'darwin' }))).toBe(chrome);
  });

  it('takes the newest browser of puppeteer’s cache when nothing is installed', () => {
    install('home/.cache/puppeteer/chrome/linux-99.0.1/chrome-linux64/chrome');
    const newest = install('home/.cache/puppeteer/chrome/linux-131.0.1/chrome-linux64/chrome');
    expect(findBrowser(undefined, host())).toBe(newest);
  });

  it('says what to install and which variable to set when there is none', () => {
    const failure = failureOf(() => findBrowser(undefined, host()));
    expect(failure).toMatchObject({
      code: 'BROWSER_NOT_FOUND',
      message: expect.stringMatching(/apt-get install chromium.*CHROME_PATH/),
    });
  });
});
