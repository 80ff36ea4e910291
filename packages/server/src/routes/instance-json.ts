/** An instance, its history and its codes as they stand in JSON. */
import type { Fact, InstanceView, QrView } from '@wakeeper/lifecycle';
import { iso, isoOrNull } from '../http/time.js';

export const instanceJson = (view: InstanceView) => ({
  id: view.id,
  state: view.state,
  detail: view.detail,
  wanted: view.wanted,
  since: iso(view.since),
  reason: view.reason,
  retryAt: isoOrNull(view.retryAt),
  lastError: view.lastError && { ...view.lastError, at: iso(view.lastError.at) },
  restarts: view.restarts,
  queueDepth: view.queueDepth,
  me: view.me,
  labels: view.labels,
  node: view.node,
  createdAt: iso(view.createdAt),
});

/** One transition with its cause. */
export const transitionJson = (fact: Extract<Fact, { type: 'instance.state' }>) => ({
  at: iso(fact.at),
  ...fact.body,
  retryAt: isoOrNull(fact.body.retryAt),
});

export const qrJson = (view: QrView) => ({
  qr: view.qr,
  issuedAt: iso(view.issuedAt),
  expiresAt: iso(view.expiresAt),
});
