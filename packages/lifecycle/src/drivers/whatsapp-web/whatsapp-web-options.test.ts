import { describe, expect, it } from 'vitest';
import { whatsappWebDriver } from '../../whatsapp-web.js';

describe('the options of the whatsapp-web driver', () => {
  it.each(['--user-data-dir=/tmp/one-for-all', '--user-data-dir', '--remote-debugging-pipe'])(
    'leave %s to the driver',
    (arg) => {
      const make = () => whatsappWebDriver({ authBaseDir: '/nowhere', chromeArgs: ['--lang=de', arg] });
      expect(make).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining(arg) }),
      );
    },
  );

  it('take every other argument', () => {
    const chromeArgs = ['--lang=de', '--user-data-directory-of-nobody', '--remote-debugging-port=0'];
    expect(whatsappWebDriver({ authBaseDir: '/nowhere', chromeArgs }).name).toBe('whatsapp-web');
  });
});
