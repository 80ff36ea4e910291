/** The environment variables of media that come in: a part of variables.ts. */
import { z } from 'zod';
import { DEFAULT_MEDIA_OPTIONS } from './media/media-intake.js';
import { listOf, milliseconds, optional, type Variable, whole } from './variable.js';
import { parseCidr } from './webhooks/url-guard.js';

/** What fits into a browser. */
const MOST_BYTES = 64 * 1024 * 1024;

export const mediaVariables = {
  MAX_SENT_MEDIA_BYTES: whole(DEFAULT_MEDIA_OPTIONS.maxBytes, 1, MOST_BYTES, {
    about:
      'Largest media of one message, however they come: base64 (within MAX_BODY_BYTES), upload or URL. Sending them takes the process several times as much memory.',
  }),
  MEDIA_SPOOL_DIR: optional('a path', z.string().min(1), {
    about:
      'Folder in which uploads and downloads are kept until they are whole. Their files have no name there, and nothing is left of them when the process ends.',
    shownDefault: "the system's folder for temporary files",
  }),
  MEDIA_ALLOW_PRIVATE: optional(
    'IP addresses and ranges such as 10.0.0.0/8, separated by commas',
    listOf((word) => parseCidr(word) !== null),
    {
      about:
        "Addresses of one's own network that media may be fetched from, over plain http too. Everything private is refused otherwise.",
    },
  ),
  MEDIA_FETCH_TIMEOUT_MS: milliseconds(
    DEFAULT_MEDIA_OPTIONS.fetchTimeoutMs,
    1,
    'How long fetching media from a URL may take, redirects included.',
  ),
} satisfies Readonly<Record<string, Variable<unknown>>>;
