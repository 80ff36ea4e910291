/** What a Prometheus scrapes. */
import { Hono } from 'hono';
import type { AppEnv } from '../http/app-env.js';
import type { Metrics } from '../metrics/metrics.js';

export const metricsRoutes = (metrics: Metrics) =>
  new Hono<AppEnv>().get('/', async (c) =>
    c.body(await metrics.scrape(), 200, { 'content-type': metrics.contentType }),
  );
