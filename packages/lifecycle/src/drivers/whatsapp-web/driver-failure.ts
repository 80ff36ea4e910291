/** What puppeteer, Chromium and whatsapp-web.js throw, in the words of the port. */
import { messageOf } from '../../domain/errors.js';
import { DriverError, type DriverFailure, type FailureCode } from '../../ports/driver.js';

/** The first line: Chromium's own output below it fills pages. */
const short = (message: string): string => (message.split('\n')[0] ?? message).slice(0, 500);

type Rule = readonly [RegExp, FailureCode, ((message: string) => string)?];

/** What Chromium itself prints where it cannot start. */
const LAUNCH_RULES: readonly Rule[] = [
  [
    /browser is already running|Code: 21\b|profile appears to be in use/i,
    'PROFILE_IN_USE',
    (message) => `Another browser works on the profile: ${message}`,
  ],
  [
    /No usable sandbox|namespace sandbox|zygote_host_impl/i,
    'LAUNCH_FAILED',
    () =>
      'Chromium cannot build its sandbox on this host. Allow user namespaces, or set CHROME_ARGS=--no-sandbox where the host is trusted.',
  ],
  [
    /error while loading shared libraries: (\S+)/,
    'LAUNCH_FAILED',
    (message) =>
      `Chromium lacks a library of the system: ${message}. Install the distribution's chromium package.`,
  ],
  [/No space left|ENOSPC|EROFS|EACCES.*mkdir/i, 'PROFILE_NOT_WRITABLE'],
];

const RULES: readonly Rule[] = [
  ...LAUNCH_RULES,
  [/Failed to launch the browser process|ENOENT|EACCES|Timed out after .* waiting for the/i, 'LAUNCH_FAILED'],
  [
    /Execution context was destroyed|Cannot find context|Inspected target navigated/i,
    'PAGE_CLOSED',
    () => 'The page was loaded anew meanwhile.',
  ],
  [/net::ERR_/, 'NETWORK', (message) => `web.whatsapp.com cannot be reached: ${message}`],
  [/^auth timeout$/, 'AUTH_TIMEOUT', () => 'WhatsApp Web did not start in the page in time.'],
  [
    /Target closed|Session closed|Connection closed|detached|Target page, context or browser has been closed/i,
    'PAGE_CLOSED',
  ],
  [/Requiring unknown module|is not a function|Cannot read propert/i, 'INCOMPATIBLE_PAGE'],
];

/**
 * Whether the page refused a call because the library was not written for it: another attempt gets the same answer.
 * Narrower than the rule above, since a send may also meet what is missing in one chat alone.
 */
export const meansChangedPage = (message: string): boolean =>
  /Requiring unknown module|is not a (function|constructor)\b|must include an id property|MsgKey/i.test(
    message,
  );

/** Errors of a call into a page that navigates meanwhile: the call is over, the page is not. */
export const isNavigation = (thrown: unknown): boolean =>
  /Execution context was destroyed|Cannot find context|Inspected target navigated/i.test(messageOf(thrown));

export function failureOf(thrown: unknown, otherwise: FailureCode): DriverFailure {
  if (thrown instanceof DriverError) return thrown.failure;
  const whole = messageOf(thrown);
  const message = short(whole);
  for (const [pattern, code, say] of RULES)
    if (pattern.test(whole)) return { code, message: say?.(message) ?? message };
  return { code: otherwise, message };
}

/** Of what a browser printed before it ended; undefined where nothing of it is known. */
export function failureOfOutput(output: string): DriverFailure | undefined {
  for (const [pattern, code, say] of LAUNCH_RULES) {
    const line = output.split('\n').find((each) => pattern.test(each));
    if (line !== undefined) return { code, message: say?.(short(line)) ?? short(line) };
  }
  return undefined;
}

/** The states of WhatsApp's socket that end a session; undefined for those that pass by themselves. */
export function failureOfState(state: string): DriverFailure | undefined {
  switch (state) {
    case 'CONFLICT':
      return { code: 'CONFLICT', message: 'WhatsApp Web was opened elsewhere with this account.' };
    case 'UNPAIRED':
    case 'UNPAIRED_IDLE':
      return { code: 'UNPAIRED', message: 'The account is not paired any more. Scan a new code.' };
    case 'TOS_BLOCK':
    case 'SMB_TOS_BLOCK':
      return {
        code: 'TOS_BLOCK',
        message:
          'WhatsApp has blocked the account for a breach of its terms. Ask for a review in WhatsApp on the phone.',
      };
    case 'PROXYBLOCK':
      return {
        code: 'PROXYBLOCK',
        message: 'WhatsApp refuses the network address of this host or proxy. Use another one.',
      };
    case 'DEPRECATED_VERSION':
      return {
        code: 'VERSION_NOT_SUPPORTED',
        message:
          'WhatsApp does not take this version of WhatsApp Web any more. Unset WEB_VERSION or pin a newer one, and update Chromium.',
      };
    case 'CONNECTED':
    case 'OPENING':
    case 'PAIRING':
    case 'TIMEOUT':
    case 'UNLAUNCHED':
      return undefined;
    default:
      return { code: 'DISCONNECTED', message: `WhatsApp Web ended the session: ${state}.` };
  }
}
