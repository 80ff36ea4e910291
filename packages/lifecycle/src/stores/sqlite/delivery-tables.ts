/** The outbox of webhooks in SQL. Every function runs inside the transaction of its caller. */
import {
  type DeliveryProgress,
  GIVEN_UP,
  MESSAGE_REFUSALS,
  NEW_DELIVERY,
  type Webhook,
  type WebhookDelivery,
  wantsFact,
} from '../../domain/webhook.js';
import type {
  DeliveryOutcome,
  DeliveryQuery,
  DeliveryRetention,
  Lane,
  RedeliveryRange,
} from '../../ports/webhook-store.js';
import { insertDelivery, planDeliveries } from './delivery-plan.js';
import { appendFacts, factOf } from './fact-tables.js';
import type { Database, Row } from './sqlite-database.js';
import { fromJson, toJson } from './sqlite-json.js';
import type { FactRow } from './sqlite-rows.js';
import { standWebhook } from './webhook-tables.js';

const DELIVERY = `SELECT deliveries.*, delivered_facts.type, delivered_facts.at, delivered_facts.body
  FROM deliveries JOIN delivered_facts
    ON delivered_facts.webhook = deliveries.webhook AND delivered_facts.number = deliveries.number`;

/** Those that decide how fast the outbox is; each is answered from an index (see sqlite-plans.test.ts). */
export const DELIVERY_SQL = {
  one: `${DELIVERY} WHERE deliveries.webhook = ? AND deliveries.number = ?`,
  head: `SELECT number FROM deliveries
    WHERE webhook = ? AND instance = ? AND status = 'pending' AND aside = 0 ORDER BY number LIMIT 1`,
  // From lane to lane, whatever the length of each.
  nextLane: `SELECT instance, number FROM deliveries
    WHERE webhook = ? AND instance > ? AND status = 'pending' AND aside = 0 ORDER BY instance, number LIMIT 1`,
  aside: `SELECT number FROM deliveries
    WHERE webhook = ? AND status = 'pending' AND aside = 1 ORDER BY next_attempt_at, number LIMIT ?`,
  ofStatus: `SELECT number FROM deliveries
    WHERE webhook = ? AND status = ? AND number < ? ORDER BY number DESC LIMIT ?`,
} as const;

export function headDeliveries(database: Database, webhookId: string): readonly WebhookDelivery[] {
  const heads: WebhookDelivery[] = [];
  let row = headOf(database, webhookId, '') ?? database.get(DELIVERY_SQL.nextLane, webhookId, '');
  while (row) {
    const head = getDelivery(database, webhookId, Number(row.number));
    if (head) heads.push(head);
    row = database.get(DELIVERY_SQL.nextLane, webhookId, head?.fact.instanceId ?? '');
  }
  return heads.sort((a, b) => a.fact.number - b.fact.number);
}

const headOf = (database: Database, webhookId: string, instance: string): Row | undefined =>
  database.get(DELIVERY_SQL.head, webhookId, instance);

export function headDelivery(database: Database, { webhookId, instanceId }: Lane): WebhookDelivery | null {
  const row = headOf(database, webhookId, instanceId ?? '');
  return row ? getDelivery(database, webhookId, Number(row.number)) : null;
}

export const asideDeliveries = (
  database: Database,
  webhookId: string,
  limit: number,
): readonly WebhookDelivery[] =>
  database
    .all(DELIVERY_SQL.aside, webhookId, limit)
    .map(({ number }) => need(getDelivery(database, webhookId, Number(number))));

export function getDelivery(database: Database, webhookId: string, number: number): WebhookDelivery | null {
  const row = database.get(DELIVERY_SQL.one, webhookId, number);
  return row ? deliveryOf(row) : null;
}

export function settleDelivery(
  database: Database,
  { webhookId, number, progress, standing, rejoinSince, dueBy }: DeliveryOutcome,
  facts: readonly FactRow[],
): readonly number[] | null {
  const delivery = getDelivery(database, webhookId, number);
  if (delivery?.status !== 'pending') return null;
  if (!standWebhook(database, webhookId, standing, [])) return null;
  write(database, webhookId, number, progress);
  if (rejoinSince !== null)
    database.run(
      `UPDATE deliveries SET aside = 0 WHERE webhook = ? AND status = 'pending' AND aside = 1
        AND first_attempt_at >= ? AND coalesce(response_status, 0) NOT IN (SELECT value FROM json_each(?))`,
      webhookId,
      rejoinSince,
      toJson(MESSAGE_REFUSALS),
    );
  if (dueBy !== null)
    database.run(
      `UPDATE deliveries SET next_attempt_at = ? WHERE webhook = ? AND status = 'pending' AND next_attempt_at > ?`,
      dueBy,
      webhookId,
      dueBy,
    );
  return appendFacts(database, facts);
}

function write(database: Database, webhookId: string, number: number, progress: DeliveryProgress): void {
  database.run(
    `UPDATE deliveries SET status = ?, attempts = ?, aside = ?, first_attempt_at = ?, last_attempt_at = ?,
      next_attempt_at = ?, settled_at = ?, response_status = ?, error = ? WHERE webhook = ? AND number = ?`,
    progress.status,
    progress.attempts,
    Number(progress.aside),
    progress.firstAttemptAt,
    progress.lastAttemptAt,
    progress.nextAttemptAt,
    progress.settledAt,
    progress.responseStatus,
    progress.error,
    webhookId,
    number,
  );
}

export function listDeliveries(
  database: Database,
  { webhookId, statuses, limit, before = Number.MAX_SAFE_INTEGER }: DeliveryQuery,
): readonly WebhookDelivery[] {
  if (!statuses)
    return database
      .all(
        `${DELIVERY} WHERE deliveries.webhook = ? AND deliveries.number < ? ORDER BY deliveries.number DESC LIMIT ?`,
        webhookId,
        before,
        limit,
      )
      .map(deliveryOf);
  const numbers = [...new Set(statuses)].flatMap((status) =>
    database.all(DELIVERY_SQL.ofStatus, webhookId, status, before, limit).map((row) => Number(row.number)),
  );
  numbers.sort((a, b) => b - a);
  return numbers.slice(0, limit).map((number) => need(getDelivery(database, webhookId, number)));
}

export function redeliver(database: Database, webhookId: string, number: number): WebhookDelivery | null {
  write(database, webhookId, number, { ...NEW_DELIVERY, aside: true });
  return getDelivery(database, webhookId, number);
}

export function redeliverRange(
  database: Database,
  { webhookId, from, to, statuses }: RedeliveryRange,
): number {
  const row = database.get('SELECT webhook FROM webhooks WHERE id = ?', webhookId);
  if (!row) return 0;
  planDeliveries(database);
  const kept = database.all(
    `SELECT deliveries.number FROM delivered_facts JOIN deliveries
      ON deliveries.webhook = delivered_facts.webhook AND deliveries.number = delivered_facts.number
      WHERE delivered_facts.webhook = ? AND delivered_facts.at BETWEEN ? AND ?
        AND deliveries.status IN (SELECT value FROM json_each(?))`,
    webhookId,
    from,
    to,
    toJson(statuses),
  );
  for (const { number } of kept) write(database, webhookId, Number(number), { ...NEW_DELIVERY, aside: true });
  const webhook = fromJson(row.webhook) as Webhook;
  const missed = database
    .all(
      `SELECT number, instance, type, at, body FROM facts WHERE at BETWEEN ? AND ?
        AND number <= (SELECT cursor FROM webhooks WHERE id = ?) ORDER BY number`,
      from,
      to,
      webhookId,
    )
    .map(factOf)
    .filter((fact) => wantsFact(webhook, fact) && insertDelivery(database, webhookId, fact, true));
  return kept.length + missed.length;
}

export function backlogs(database: Database): ReadonlyMap<string, number> {
  const rows = database.all(
    `SELECT webhook, count(*) AS waiting FROM deliveries WHERE status = 'pending' GROUP BY webhook`,
  );
  return new Map(rows.map(({ webhook, waiting }) => [String(webhook), Number(waiting)]));
}

export function pruneDeliveries(
  database: Database,
  { settledBefore, keepSettled, keepPending, now }: DeliveryRetention,
): number {
  let givenUp = 0;
  for (const { id } of database.all('SELECT id FROM webhooks')) {
    const webhookId = String(id);
    givenUp += database.run(
      `UPDATE deliveries SET status = 'dead', settled_at = ?, error = ? WHERE webhook = ? AND status = 'pending'
        AND number <= (SELECT number FROM deliveries WHERE webhook = ? AND status = 'pending'
          ORDER BY number DESC LIMIT 1 OFFSET ?)`,
      now,
      GIVEN_UP,
      webhookId,
      webhookId,
      keepPending,
    );
    database.run(
      `DELETE FROM deliveries WHERE webhook = ? AND status <> 'pending' AND (settled_at < ? OR number <= coalesce(
        (SELECT number FROM deliveries WHERE webhook = ? AND status <> 'pending' ORDER BY number DESC LIMIT 1 OFFSET ?), 0))`,
      webhookId,
      settledBefore,
      webhookId,
      keepSettled,
    );
  }
  return givenUp;
}

function need(delivery: WebhookDelivery | null): WebhookDelivery {
  if (!delivery) throw new Error('A delivery has no fact: the store is damaged.');
  return delivery;
}

const deliveryOf = (row: Row): WebhookDelivery =>
  ({
    webhookId: row.webhook,
    fact: factOf({ ...row, instance: row.instance === '' ? null : (row.instance ?? null) }),
    status: row.status,
    attempts: row.attempts,
    aside: row.aside === 1,
    firstAttemptAt: row.first_attempt_at,
    lastAttemptAt: row.last_attempt_at,
    nextAttemptAt: row.next_attempt_at,
    settledAt: row.settled_at,
    responseStatus: row.response_status,
    error: row.error,
  }) as WebhookDelivery;
