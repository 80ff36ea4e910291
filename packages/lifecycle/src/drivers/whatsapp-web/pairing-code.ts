/**
 * Asking the page for a code to be typed into the phone. A page that waits for a scan reloads now and then, and a
 * question that falls into that is lost or never answered (OpenWA#1543): it is asked again, a few times.
 */
import { messageOf } from '../../domain/errors.js';
import { DriverError } from '../../ports/driver.js';
import { isNavigation } from './driver-failure.js';

const TRIES = 3;
const TRY_MS = 15_000;
/** The page needs so long to come back. */
const PAUSE_MS = 3_000;
/** Less is no try. */
const LEAST_MS = 1_000;

/** The document that was asked went away, has not begun, or does not answer. What WhatsApp refuses is not asked again. */
const mayPass = (thrown: unknown): boolean =>
  isNavigation(thrown) ||
  (thrown instanceof DriverError && thrown.failure.code === 'PAGE_HUNG') ||
  /PairingCodeLinkUtils|onCodeReceivedEvent/.test(messageOf(thrown));

/** @throws what the last try has thrown */
export async function askForCode(
  ask: (deadlineMs: number) => Promise<string>,
  deadlineMs: number,
): Promise<string> {
  const until = performance.now() + deadlineMs;
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask(Math.min(TRY_MS, until - performance.now()));
    } catch (thrown) {
      const isLast = tries >= TRIES || until - performance.now() < PAUSE_MS + LEAST_MS;
      if (isLast || !mayPass(thrown)) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
