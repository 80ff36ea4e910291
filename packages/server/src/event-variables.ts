/** The environment variables of live events: a part of variables.ts. */
import { milliseconds, type Variable, whole } from './variable.js';

export const eventVariables = {
  EVENTS_HEARTBEAT_MS: milliseconds(
    15_000,
    1000,
    'Time between two heartbeats of a live stream. A reader that takes nothing from one to the next is cut off.',
  ),
  EVENTS_MAX_READERS: whole(200, 1, 100_000, {
    about: 'Live streams that may be open at a time: of events, and of QR codes.',
  }),
  EVENTS_BUFFER_BYTES: whole(1_048_576, 65_536, 1_073_741_824, {
    about: 'What may wait for one reader of a live stream, in bytes; one that lets more gather is cut off.',
  }),
} satisfies Readonly<Record<string, Variable<unknown>>>;
