/** The numbers that a seed gives its fleet: small, so that an hour of trouble fits into minutes, and never the same. */
import { type LifecycleOptions, resolveOptions } from '@wakeeper/lifecycle';
import type { Chance } from './chance.js';
import type { Rules } from './history.js';

export const chosenOptions = (chance: Chance): Partial<LifecycleOptions> => ({
  maxQueueSize: chance.of([4, 20, 200]),
  maxConcurrentLaunches: chance.between(1, 3),
  maxRestartsPerWindow: chance.between(2, 4),
  windowMinutes: chance.between(2, 4),
  restartBackoffMs: chance.of([500, 2_000]),
  uncertainPolicy: chance.hits(0.3) ? 'resend' : 'hold',
  sendIntervalMs: chance.of([0, 300, 1_500]),
  sendWaitMs: 3_000,
  maxProbeFailures: chance.between(2, 3),
  healthCheckIntervalMs: 8_000,
  probeTimeoutMs: 2_000,
  readyTimeoutMs: 20_000,
  stableAfterMs: 30_000,
  reconnectGraceMs: 10_000,
  syncTimeoutMs: 40_000,
  qrTimeoutMs: 40_000,
  reloadTimeoutMs: 10_000,
  pageRetestMs: 40_000,
  closeTimeoutMs: 4_000,
  logoutTimeoutMs: 6_000,
  drainTimeoutMs: 3_000,
  resumeSpreadMs: 5_000,
  sendTimeoutMs: 8_000,
  ackTimeoutMs: 10_000,
  messageTtlMs: 6 * 3_600_000,
});

export function rulesOf(given: Partial<LifecycleOptions>, instances: number): Rules {
  const options = resolveOptions(given);
  return {
    maxRestarts: options.maxRestartsPerWindow,
    windowMs: options.windowMinutes * 60_000,
    gate: options.maxConcurrentLaunches,
    instances,
    stableAfterMs: options.stableAfterMs,
    readyTimeoutMs: options.readyTimeoutMs,
    syncTimeoutMs: options.syncTimeoutMs,
    reconnectGraceMs: options.reconnectGraceMs,
    qrTimeoutMs: options.qrTimeoutMs,
    reloadTimeoutMs: options.reloadTimeoutMs,
    pageRetestMs: options.pageRetestMs,
    closeTimeoutMs: options.closeTimeoutMs,
    logoutTimeoutMs: options.logoutTimeoutMs,
    drainTimeoutMs: options.drainTimeoutMs,
    probeIntervalMs: options.healthCheckIntervalMs,
    probeTimeoutMs: options.probeTimeoutMs,
    maxProbeFailures: options.maxProbeFailures,
    resumeSpreadMs: options.resumeSpreadMs,
    resendsUncertain: options.uncertainPolicy === 'resend',
  };
}
