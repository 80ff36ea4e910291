/** How events are written into a stream: frames of the HTML standard's "server-sent events". */
import type { Fact } from '@wakeeper/lifecycle';
import { iso } from '../http/time.js';
import { eventJson } from '../routes/event-json.js';

/** How long a reader waits before it comes back. */
const RETRY_MS = 2000;

/** One event. Without a name, so that `onmessage` hears all of them; each says its `type` itself. */
const frame = (event: object, id?: number | string): Buffer =>
  Buffer.from(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(event)}\n\n`);

const frames = new WeakMap<Fact, Buffer>();

/** The same bytes for all readers of a fact. */
export function factFrame(fact: Fact): Buffer {
  const made = frames.get(fact) ?? frame(eventJson(fact), fact.number);
  frames.set(fact, made);
  return made;
}

/** An event of the stream itself, which is no fact. */
export const streamFrame = (type: string, at: number, data: object, id?: number | string): Buffer =>
  frame({ type, timestamp: iso(at), data }, id);

/** Moves on where a reader comes back to, and is no event: a frame without data is not dispatched. */
const place = (id: number | null): string => (id === null ? '' : `id: ${id}\n`);

export const openingFrame = (id: number | null): Buffer => Buffer.from(`retry: ${RETRY_MS}\n${place(id)}\n`);

export const heartbeatFrame = (id: number | null): Buffer => Buffer.from(`: heartbeat\n${place(id)}\n`);
