/** The webhooks of a memory store, and the outbox of their deliveries. */
import type { Fact, FactDraft } from '../../domain/fact.js';
import {
  GIVEN_UP,
  MESSAGE_REFUSALS,
  NEW_DELIVERY,
  type WebhookDelivery,
  type WebhookStanding,
  wantsFact,
} from '../../domain/webhook.js';
import type {
  DeliveryOutcome,
  DeliveryPlan,
  DeliveryQuery,
  DeliveryRetention,
  Lane,
  RedeliveryRange,
  WebhookStore,
} from '../../ports/webhook-store.js';
import type { MemoryAccess } from './memory-access.js';
import { frozenCopy, type MemoryData, type MemoryWebhook } from './memory-data.js';

export function memoryWebhookStore(access: MemoryAccess): WebhookStore {
  return {
    load: () =>
      access.read((data) =>
        [...data.webhooks.values()].map(({ webhook, standing }) => ({ webhook, standing })),
      ),
    insert: (webhook, standing) =>
      access.write((data) => {
        const [copy, stood] = frozenCopy([webhook, standing] as const);
        const outbox = { deliveries: new Map(), pending: new Set<number>() };
        data.webhooks.set(copy.id, { webhook: copy, standing: stood, cursor: data.lastFact, ...outbox });
      }),
    save: (webhook) =>
      access.write((data) => {
        const kept = data.webhooks.get(webhook.id);
        if (kept) kept.webhook = frozenCopy(webhook);
        return kept !== undefined;
      }),
    remove: (webhookId, facts) =>
      access.write((data) => {
        if (!data.webhooks.has(webhookId)) return null;
        const drafts = frozenCopy(facts);
        data.webhooks.delete(webhookId);
        return data.append(drafts);
      }),
    stand: (webhookId, standing, facts) =>
      access.write((data) => stand(data, data.webhooks.get(webhookId), standing, facts)),
    plan: (limit) => access.write((data) => planDeliveries(data, limit)),
    heads: (webhookId) => access.read((data) => heads(data.webhooks.get(webhookId))),
    head: ({ webhookId, instanceId }) =>
      access.read(
        (data) =>
          heads(data.webhooks.get(webhookId)).find(({ fact }) => fact.instanceId === instanceId) ?? null,
      ),
    aside: (webhookId, limit) =>
      access.read((data) =>
        pendingOf(data.webhooks.get(webhookId))
          .filter(({ aside }) => aside)
          .sort((a, b) => a.nextAttemptAt - b.nextAttemptAt || a.fact.number - b.fact.number)
          .slice(0, limit),
      ),
    settle: (outcome, facts) => access.write((data) => settle(data, outcome, facts)),
    get: (webhookId, number) =>
      access.read((data) => data.webhooks.get(webhookId)?.deliveries.get(number) ?? null),
    list: (query) => access.read((data) => list(data.webhooks.get(query.webhookId), query)),
    redeliver: (webhookId, number) =>
      access.write((data) => {
        const kept = data.webhooks.get(webhookId);
        const delivery = kept?.deliveries.get(number);
        return kept && delivery ? put(kept, { ...delivery, ...NEW_DELIVERY, aside: true }) : null;
      }),
    redeliverRange: (range) => access.write((data) => redeliverRange(data, range)),
    backlogs: () =>
      access.read((data) => {
        const waiting = [...data.webhooks].filter(([, { pending }]) => pending.size > 0);
        return new Map(waiting.map(([id, { pending }]) => [id, pending.size]));
      }),
    prune: (retention) => access.write((data) => prune(data, retention)),
  };
}

/** Facts that were not looked at become deliveries. Whatever removes facts calls it before, without a limit. */
export function planDeliveries(data: MemoryData, limit = Number.POSITIVE_INFINITY): DeliveryPlan {
  const hearing = [...data.webhooks.values()].filter(({ standing }) => standing.enabled);
  const from = Math.min(...hearing.map(({ cursor }) => cursor));
  const unheard = hearing.length > 0 ? data.facts.filter(({ number }) => number > from) : [];
  const facts = unheard.slice(0, limit);
  const lanes = new Map<string, Lane>();
  for (const fact of facts)
    for (const kept of hearing) {
      if (fact.number <= kept.cursor) continue;
      kept.cursor = fact.number;
      if (!wantsFact(kept.webhook, fact) || kept.deliveries.has(fact.number)) continue;
      const { id: webhookId } = kept.webhook;
      put(kept, { webhookId, fact, ...NEW_DELIVERY });
      const { instanceId } = fact;
      lanes.set(JSON.stringify([webhookId, instanceId]), { webhookId, instanceId });
    }
  return { lanes: [...lanes.values()], more: unheard.length > facts.length };
}

function put(kept: MemoryWebhook, delivery: WebhookDelivery): WebhookDelivery {
  const frozen = Object.freeze(delivery);
  const { number } = delivery.fact;
  kept.deliveries.set(number, frozen);
  if (delivery.status === 'pending') kept.pending.add(number);
  else kept.pending.delete(number);
  return frozen;
}

const byNumber = (a: WebhookDelivery, b: WebhookDelivery): number => a.fact.number - b.fact.number;
const pendingOf = (kept: MemoryWebhook | undefined): WebhookDelivery[] =>
  [...(kept?.pending ?? [])].flatMap((number) => kept?.deliveries.get(number) ?? []).sort(byNumber);

const isRefused = ({ responseStatus }: WebhookDelivery): boolean =>
  MESSAGE_REFUSALS.includes(responseStatus ?? 0);

function heads(kept: MemoryWebhook | undefined): readonly WebhookDelivery[] {
  const first = new Map<string | null, WebhookDelivery>();
  for (const delivery of pendingOf(kept)) {
    const { instanceId } = delivery.fact;
    if (!delivery.aside && !first.has(instanceId)) first.set(instanceId, delivery);
  }
  return [...first.values()];
}

function stand(
  data: MemoryData,
  kept: MemoryWebhook | undefined,
  standing: WebhookStanding,
  facts: readonly FactDraft[],
): readonly Fact[] | null {
  if (!kept) return null;
  const [stood, drafts] = frozenCopy([standing, facts] as const);
  // What happened until it is disabled was meant for it; what happens until it is enabled was not.
  if (kept.standing.enabled && !stood.enabled) planDeliveries(data);
  if (!kept.standing.enabled && stood.enabled) {
    kept.cursor = data.lastFact;
    for (const each of pendingOf(kept))
      put(kept, { ...each, aside: each.aside && isRefused(each), nextAttemptAt: 0 });
  }
  kept.standing = stood;
  return data.append(drafts);
}

function settle(
  data: MemoryData,
  { webhookId, number, progress, standing, rejoinSince, dueBy }: DeliveryOutcome,
  facts: readonly FactDraft[],
): readonly Fact[] | null {
  const kept = data.webhooks.get(webhookId);
  const delivery = kept?.deliveries.get(number);
  if (!kept || delivery?.status !== 'pending') return null;
  const [change, drafts] = frozenCopy([progress, facts] as const);
  const written = stand(data, kept, standing, []);
  put(kept, { ...delivery, ...change });
  for (const each of pendingOf(kept)) {
    const returns =
      rejoinSince !== null &&
      each.aside &&
      (each.firstAttemptAt ?? Number.NEGATIVE_INFINITY) >= rejoinSince &&
      !isRefused(each);
    const isLate = dueBy !== null && each.nextAttemptAt > dueBy;
    if (returns || isLate)
      put(kept, {
        ...each,
        aside: each.aside && !returns,
        nextAttemptAt: isLate ? dueBy : each.nextAttemptAt,
      });
  }
  return written && data.append(drafts);
}

function list(
  kept: MemoryWebhook | undefined,
  { statuses, limit, before = Number.POSITIVE_INFINITY }: DeliveryQuery,
): readonly WebhookDelivery[] {
  return [...(kept?.deliveries.values() ?? [])]
    .filter(({ status, fact }) => fact.number < before && (!statuses || statuses.includes(status)))
    .sort((a, b) => byNumber(b, a))
    .slice(0, limit);
}

function redeliverRange(data: MemoryData, { webhookId, from, to, statuses }: RedeliveryRange): number {
  const kept = data.webhooks.get(webhookId);
  if (!kept) return 0;
  planDeliveries(data);
  const isIn = ({ at }: Fact) => at >= from && at <= to;
  const again = [...kept.deliveries.values()].filter(
    ({ fact, status }) => isIn(fact) && statuses.includes(status),
  );
  const missed = data.facts.filter(
    (fact) =>
      isIn(fact) &&
      fact.number <= kept.cursor &&
      !kept.deliveries.has(fact.number) &&
      wantsFact(kept.webhook, fact),
  );
  for (const delivery of again) put(kept, { ...delivery, ...NEW_DELIVERY, aside: true });
  for (const fact of missed) put(kept, { webhookId, fact, ...NEW_DELIVERY, aside: true });
  return again.length + missed.length;
}

function prune(
  data: MemoryData,
  { settledBefore, keepSettled, keepPending, now }: DeliveryRetention,
): number {
  let givenUp = 0;
  for (const kept of data.webhooks.values()) {
    for (const delivery of pendingOf(kept).slice(0, Math.max(0, kept.pending.size - keepPending))) {
      put(kept, { ...delivery, status: 'dead', settledAt: now, error: GIVEN_UP });
      givenUp += 1;
    }
    const settled = [...kept.deliveries.values()].filter(({ status }) => status !== 'pending');
    settled.sort((a, b) => byNumber(b, a));
    for (const [index, { fact, settledAt }] of settled.entries())
      if (index >= keepSettled || (settledAt ?? Number.POSITIVE_INFINITY) < settledBefore)
        kept.deliveries.delete(fact.number);
  }
  return givenUp;
}
