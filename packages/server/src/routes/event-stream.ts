/** What the answers that go on have in common. */
import type { Context } from 'hono';
import type { Disconnect } from '../events/events.js';

/** Proxies are asked not to gather what is meant to arrive at once. */
export const LIVE = { 'x-accel-buffering': 'no' } as const;
export const EVENT_STREAM = { 'content-type': 'text/event-stream', ...LIVE } as const;

const isConnection = (value: unknown): value is { destroy(): void } =>
  typeof value === 'object' && value !== null && 'destroy' in value && typeof value.destroy === 'function';

/** Ends the connection under an answer, where `@hono/node-server` shows it. A stalled one would take no other end. */
export function disconnectOf(c: Context): Disconnect {
  const { outgoing } = (c.env ?? {}) as { readonly outgoing?: unknown };
  return isConnection(outgoing) ? () => outgoing.destroy() : null;
}
