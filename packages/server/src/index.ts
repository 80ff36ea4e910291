/** @wakeeper/server: HTTP over @wakeeper/lifecycle. */

export type { App, AppOptions } from './app.js';
export { createApp } from './app.js';
export type { Config } from './config.js';
export { ConfigError, loadConfig } from './config.js';
export type { EventsOptions } from './events/events.js';
export { Events } from './events/events.js';
export type { FieldError, ProblemCode } from './http/problem.js';
export { problems } from './http/problem.js';
export type { MediaOptions } from './media/media-intake.js';
export { MediaIntake } from './media/media-intake.js';
export type { MetricsOptions } from './metrics/metrics.js';
export { Metrics } from './metrics/metrics.js';
export type { RunningServer } from './server.js';
export { StartError, startServer } from './server.js';
export type { WebhookSettings, WebhooksOptions, WebhookView } from './webhooks/webhooks.js';
export { Webhooks } from './webhooks/webhooks.js';
