/** Each request, timed under the pattern of the route that answered it: callers choose paths, so paths are no labels. */
import type { Context } from 'hono';
import { routePath } from 'hono/route';
import type { Metrics } from '../metrics/metrics.js';
import type { AppEnv } from './app-env.js';

/** Callers may invent methods too. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export const requestMeter =
  (metrics: Metrics) =>
  (c: Context<AppEnv>, ms: number): void => {
    const method = METHODS.has(c.req.method) ? c.req.method : 'OTHER';
    metrics.answered({ method, route: routePath(c), status: c.res.status }, ms);
  };
