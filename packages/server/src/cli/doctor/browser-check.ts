/** Whether Chromium starts here, with or without its sandbox, and what keeps it from that. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@wakeeper/lifecycle';
import { findBrowser, tryBrowser } from '@wakeeper/lifecycle/whatsapp-web';
import { type Finding, note, ok, wrong } from './finding.js';

export interface BrowserCheckOptions {
  readonly chromePath: string | null;
  readonly chromeArgs: readonly string[];
  readonly deadlineMs?: number;
}

const CHECK = 'chromium';

/** Starts it once, headless, as an instance would. */
export async function browserCheck({
  chromePath,
  chromeArgs,
  deadlineMs = 30_000,
}: BrowserCheckOptions): Promise<Finding> {
  try {
    const browserPath = findBrowser(chromePath ?? undefined);
    const { version, ms } = await tryBrowser({ browserPath, chromeArgs, deadlineMs });
    return ok(
      CHECK,
      `${browserPath} (${version}) started and ran a page in ${(ms / 1000).toFixed(1)} s. Whether WhatsApp's page of today has what is needed: wakeeper page-check.`,
    );
  } catch (error) {
    // The driver's sentences say what to do.
    return wrong(CHECK, messageOf(error));
  }
}

export interface SandboxHost {
  /** User ids exist, and this is root's. */
  readonly isRoot: boolean;
  readonly chromeArgs: readonly string[];
  /** `/proc/sys`, but for tests. */
  readonly sysctls: string;
}

/** Each one forbids user namespaces to ordinary users by this value, and they are what Chromium builds its sandbox of. */
const FORBIDDING: readonly (readonly [name: string, value: string, allow: string])[] = [
  ['user/max_user_namespaces', '0', 'sysctl -w user.max_user_namespaces=15000'],
  ['kernel/unprivileged_userns_clone', '0', 'sysctl -w kernel.unprivileged_userns_clone=1'],
  [
    'kernel/apparmor_restrict_unprivileged_userns',
    '1',
    'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give the browser an AppArmor profile that allows userns',
  ],
];

export async function sandboxCheck({ isRoot, chromeArgs, sysctls }: SandboxHost): Promise<Finding> {
  if (isRoot)
    return note(
      'sandbox',
      'This is root, so browsers run without their sandbox (--no-sandbox): Chromium refuses it there.',
      'Run the server as a user of its own.',
    );
  if (chromeArgs.includes('--no-sandbox'))
    return note(
      'sandbox',
      'CHROME_ARGS holds --no-sandbox: a page that breaks out of the browser is this user.',
      'Leave it out where user namespaces are allowed.',
    );
  for (const [name, value, allow] of FORBIDDING) {
    const found = await readFile(join(sysctls, name), 'utf8').catch(() => '');
    // A browser of the distribution may have an AppArmor profile, or a helper that is setuid: the start itself tells.
    if (found.trim() === value)
      return note(
        'sandbox',
        `${name.replaceAll('/', '.')} is ${value}: ordinary users get no user namespaces, which Chromium's sandbox is built of.`,
        `If chromium does not start: ${allow}; or CHROME_ARGS=--no-sandbox where the host is trusted.`,
      );
  }
  return ok('sandbox', 'User namespaces are allowed: browsers run in their sandbox.');
}
