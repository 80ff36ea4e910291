/** The way from the stream of facts into the outbox, in SQL. Every function runs inside the transaction of its caller. */
import type { Fact } from '../../domain/fact.js';
import { type Webhook, wantsFact } from '../../domain/webhook.js';
import type { DeliveryPlan, Lane } from '../../ports/webhook-store.js';
import { listFacts } from './fact-tables.js';
import type { Database } from './sqlite-database.js';
import { fromJson, toJson } from './sqlite-json.js';

/** Facts looked at in one turn, so that a long stream does not stand in memory as a whole. */
const TURN = 500;

/** Facts that were not looked at become deliveries. Whatever removes facts calls it before, without a limit. */
export function planDeliveries(database: Database, limit = Number.MAX_SAFE_INTEGER): DeliveryPlan {
  const hearing = database.all('SELECT cursor, webhook FROM webhooks WHERE enabled = 1').map((row) => ({
    start: Number(row.cursor),
    webhook: fromJson(row.webhook) as Webhook,
  }));
  const lanes = new Map<string, Lane>();
  if (hearing.length === 0) return { lanes: [], more: false };
  let after = Math.min(...hearing.map(({ start }) => start));
  for (let left = limit; left > 0; ) {
    const facts = listFacts(database, { after, limit: Math.min(left, TURN) });
    for (const fact of facts)
      for (const { start, webhook } of hearing) {
        if (fact.number <= start || !wantsFact(webhook, fact)) continue;
        if (insertDelivery(database, webhook.id, fact, false)) {
          const lane = { webhookId: webhook.id, instanceId: fact.instanceId };
          lanes.set(JSON.stringify(Object.values(lane)), lane);
        }
      }
    after = facts.at(-1)?.number ?? after;
    left -= facts.length;
    if (facts.length < TURN) break;
  }
  database.run('UPDATE webhooks SET cursor = ? WHERE enabled = 1 AND cursor < ?', after, after);
  return { lanes: [...lanes.values()], more: listFacts(database, { after, limit: 1 }).length > 0 };
}

/** False when the webhook has a delivery of this fact already. */
export function insertDelivery(database: Database, webhookId: string, fact: Fact, aside: boolean): boolean {
  const inserted = database.run(
    `INSERT OR IGNORE INTO deliveries (webhook, number, instance, status, attempts, aside, next_attempt_at)
      VALUES (?, ?, ?, 'pending', 0, ?, 0)`,
    webhookId,
    fact.number,
    fact.instanceId ?? '',
    Number(aside),
  );
  if (inserted === 0) return false;
  database.run(
    'INSERT INTO delivered_facts (webhook, number, type, at, body) VALUES (?, ?, ?, ?, ?)',
    webhookId,
    fact.number,
    fact.type,
    fact.at,
    toJson(fact.body),
  );
  return true;
}
