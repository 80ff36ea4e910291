/** The browsers that are measured: null where there is none. */
import { existsSync } from 'node:fs';

/** Debian's script for the shell stays in between as a process of its own; the program itself does not. */
const SHELLS = ['/usr/lib/chromium/chromium-headless-shell', '/usr/bin/chromium-headless-shell'];

const found = (paths: readonly string[]): string | null => paths.find((path) => existsSync(path)) ?? null;

export const CHROMIUM = found([process.env.CHROME_PATH ?? '/usr/bin/chromium']);
export const HEADLESS_SHELL = found(
  process.env.HEADLESS_SHELL_PATH ? [process.env.HEADLESS_SHELL_PATH] : SHELLS,
);

/** The Chromium, or a word that this promise is not measured. */
export function chromiumFor(promise: string): string | null {
  if (CHROMIUM === null)
    process.stderr.write(`${promise} is not measured: there is no Chromium; set CHROME_PATH.\n`);
  return CHROMIUM;
}
