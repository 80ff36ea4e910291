/** Webhooks in SQL. Every function runs inside the transaction of its caller. */
import { MESSAGE_REFUSALS, type Webhook, type WebhookStanding } from '../../domain/webhook.js';
import type { StoredWebhook } from '../../ports/webhook-store.js';
import { planDeliveries } from './delivery-plan.js';
import { appendFacts, lastFactNumber } from './fact-tables.js';
import type { Database } from './sqlite-database.js';
import { fromJson, toJson } from './sqlite-json.js';
import type { FactRow } from './sqlite-rows.js';

export const loadWebhooks = (database: Database): readonly StoredWebhook[] =>
  database.all('SELECT webhook, standing FROM webhooks ORDER BY created_at, id').map((row) => ({
    webhook: fromJson(row.webhook) as Webhook,
    standing: fromJson(row.standing) as WebhookStanding,
  }));

export function insertWebhook(database: Database, webhook: Webhook, standing: WebhookStanding): void {
  database.run(
    'INSERT INTO webhooks (id, created_at, enabled, cursor, webhook, standing) VALUES (?, ?, ?, ?, ?, ?)',
    webhook.id,
    webhook.createdAt,
    Number(standing.enabled),
    lastFactNumber(database),
    toJson(webhook),
    toJson(standing),
  );
}

export const saveWebhook = (database: Database, webhook: Webhook): boolean =>
  database.run('UPDATE webhooks SET webhook = ? WHERE id = ?', toJson(webhook), webhook.id) > 0;

export function removeWebhook(
  database: Database,
  webhookId: string,
  facts: readonly FactRow[],
): readonly number[] | null {
  // Its deliveries go with it.
  if (database.run('DELETE FROM webhooks WHERE id = ?', webhookId) === 0) return null;
  return appendFacts(database, facts);
}

export function standWebhook(
  database: Database,
  webhookId: string,
  standing: WebhookStanding,
  facts: readonly FactRow[],
): readonly number[] | null {
  const row = database.get('SELECT enabled FROM webhooks WHERE id = ?', webhookId);
  if (!row) return null;
  // What happened until it is disabled was meant for it; what happens until it is enabled was not.
  if (row.enabled === 1 && !standing.enabled) planDeliveries(database);
  if (row.enabled === 0 && standing.enabled) {
    database.run('UPDATE webhooks SET cursor = ? WHERE id = ?', lastFactNumber(database), webhookId);
    database.run(
      `UPDATE deliveries SET next_attempt_at = 0,
        aside = aside AND coalesce(response_status, 0) IN (SELECT value FROM json_each(?))
        WHERE webhook = ? AND status = 'pending'`,
      toJson(MESSAGE_REFUSALS),
      webhookId,
    );
  }
  database.run(
    'UPDATE webhooks SET enabled = ?, standing = ? WHERE id = ?',
    Number(standing.enabled),
    toJson(standing),
    webhookId,
  );
  return appendFacts(database, facts);
}
