import { describe, expect, it } from 'vitest';
import { DriverError } from '../../ports/driver.js';
import { failureOf } from './driver-failure.js';

describe('what the library throws', () => {
  it.each([
    ['The browser is already running for /data/a. Use a different `userDataDir`', 'PROFILE_IN_USE'],
    ['Failed to launch the browser process: Code: 21', 'PROFILE_IN_USE'],
    [
      'Failed to launch the browser process: No usable sandbox! If you are running on Ubuntu',
      'LAUNCH_FAILED',
    ],
    [
      'Failed to launch the browser process!\nerror while loading shared libraries: libnss3.so: cannot open',
      'LAUNCH_FAILED',
    ],
    ['Failed to launch the browser process: Code: 1', 'LAUNCH_FAILED'],
    ['net::ERR_NAME_NOT_RESOLVED at https://web.whatsapp.com/', 'NETWORK'],
    ['net::ERR_PROXY_CONNECTION_FAILED at https://web.whatsapp.com/', 'NETWORK'],
    ['Protocol error (Runtime.evaluate): Target closed', 'PAGE_CLOSED'],
    ['Attempted to use detached Frame', 'PAGE_CLOSED'],
    ['Execution context was destroyed, most likely because of a navigation.', 'PAGE_CLOSED'],
    ['Requiring unknown module "WAWebConnModel"', 'INCOMPATIBLE_PAGE'],
  ])('%s is %s', (message, code) => {
    expect(failureOf(new Error(message), 'DISCONNECTED').code).toBe(code);
  });

  it('as a bare string is understood too', () => {
    expect(failureOf('auth timeout', 'LAUNCH_FAILED').code).toBe('AUTH_TIMEOUT');
  });

  it('keeps the failure that it already is, and says otherwise what it was told to', () => {
    const failure = { code: 'CONFLICT', message: 'elsewhere' } as const;
    expect(failureOf(new DriverError(failure), 'NETWORK')).toBe(failure);
    expect(failureOf(new Error('no idea'), 'PROBE_FAILED')).toEqual({
      code: 'PROBE_FAILED',
      message: 'no idea',
    });
    expect(failureOf(undefined, 'PROBE_FAILED').code).toBe('PROBE_FAILED');
  });

  it('names the way out where the sandbox cannot be built', () => {
    expect(failureOf(new Error('No usable sandbox!'), 'LAUNCH_FAILED').message).toContain(
      'CHROME_ARGS=--no-sandbox',
    );
  });
});
