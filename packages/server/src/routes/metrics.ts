/** What a Prometheus scrapes. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { anyQuery, described } from '../http/described.js';
import type { Metrics } from '../metrics/metrics.js';

export const metricsRoutes = (metrics: Metrics) =>
  new Hono<AppEnv>().get(
    '/',
    described(
      {
        id: 'scrapeMetrics',
        tag: 'operations',
        summary: 'What a Prometheus scrapes',
        answers: {
          200: { description: 'The text format of Prometheus.', content: { 'text/plain': z.string() } },
        },
      },
      anyQuery,
    ),
    async (c) => c.body(await metrics.scrape(), 200, { 'content-type': metrics.contentType }),
  );
