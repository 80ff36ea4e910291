/** What the answers that go on have in common. */
import type { Context } from 'hono';
import { z } from 'zod';
import type { Disconnect } from '../events/events.js';

/** What is meant to arrive at once is gathered neither by proxies nor by whatever would compress it. */
export const LIVE = { 'x-accel-buffering': 'no', 'cache-control': 'no-store, no-transform' } as const;
export const EVENT_STREAM = { 'content-type': 'text/event-stream', ...LIVE } as const;

export const streamHeaders = {
  'Last-Event-ID': z
    .string()
    .meta({ description: 'Where an EventSource that comes back goes on; it sends it by itself.' })
    .exactOptional(),
};
export const token = z
  .string()
  .max(512)
  .meta({ description: 'Instead of a key, for browsers: from `POST /v1/events/tokens`.' });

const isConnection = (value: unknown): value is { destroy(): void } =>
  typeof value === 'object' && value !== null && 'destroy' in value && typeof value.destroy === 'function';

/** Ends the connection under an answer, where `@hono/node-server` shows it. A stalled one would take no other end. */
export function disconnectOf(c: Context): Disconnect {
  const { outgoing } = (c.env ?? {}) as { readonly outgoing?: unknown };
  return isConnection(outgoing) ? () => outgoing.destroy() : null;
}
