import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A program that starts Chromium with these flags before its own: for whoever can be given the path of a browser, but not
 * a flag with a space in it. It replaces itself by the browser, so its pid is the browser's.
 */
export async function wrapChromium(folder: string, chromeArgs: readonly string[]): Promise<string> {
  const path = join(folder, 'chromium');
  const chromium = process.env.CHROME_PATH ?? '/usr/bin/chromium';
  await writeFile(path, `#!/bin/sh\nexec ${[chromium, ...chromeArgs].map(quoted).join(' ')} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}
