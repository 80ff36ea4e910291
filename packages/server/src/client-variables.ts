/** The environment variables of the commands that ask a running server; the server itself reads none of them. */
import { z } from 'zod';
import { optional } from './variable.js';

export const clientVariables = {
  WAKEEPER_URL: optional('an http or https URL', z.url({ protocol: /^https?$/ }), {
    about:
      'Where the commands `instances`, `qr`, `passkey` and `send` find the server; `--url` overrides it.',
    shownDefault: '`http://HOST:PORT`',
  }),
  WAKEEPER_API_KEY: optional('a key without spaces', z.string().regex(/^[\x21-\x7e]+$/), {
    about:
      'The key that they show; `--api-key` overrides it, but everybody on the machine can see an argument.',
    shownDefault: 'the first of API_KEYS',
    secret: true,
  }),
};
