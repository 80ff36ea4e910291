/** The webhook that the environment asks for: WEBHOOK_URL, WEBHOOK_EVENTS, WEBHOOK_SECRET. It keeps its id and its backlog. */
import { NOT_CONFIGURED } from './verdict.js';
import type { Webhooks, WebhookView } from './webhooks.js';

export interface EnvironmentWebhook {
  readonly url: string;
  readonly events: readonly string[];
  /** Newest first; each one signs. */
  readonly secrets: readonly string[];
}

/**
 * Makes the stored webhook what the environment says. One that was disabled because its receiver failed stays so until
 * the environment names another receiver, or somebody enables it.
 * @throws Problem INVALID_INPUT for a URL that is refused; LifecycleError STORE_UNAVAILABLE
 */
export async function keepEnvironmentWebhook(
  webhooks: Webhooks,
  wanted: EnvironmentWebhook | null,
): Promise<void> {
  const kept = (await webhooks.list()).find(({ webhook }) => webhook.source === 'environment');
  if (kept && wanted) await change(webhooks, kept, wanted);
  else if (kept) await webhooks.setEnabled(kept.webhook.id, false, NOT_CONFIGURED);
  else if (wanted) {
    const { url, events, secrets } = wanted;
    const settings = { url, events, description: 'WEBHOOK_URL', instances: null, headers: {}, retries: null };
    await webhooks.create(settings, secrets, 'environment');
  }
}

async function change(
  webhooks: Webhooks,
  { webhook, standing }: WebhookView,
  { url, events, secrets: given }: EnvironmentWebhook,
): Promise<void> {
  const secrets = given.map((secret) => ({ secret, expiresAt: null }));
  await webhooks.update(webhook.id, { url, events, secrets });
  if (standing.disabledReason === NOT_CONFIGURED || webhook.url !== url)
    await webhooks.setEnabled(webhook.id, true);
}
