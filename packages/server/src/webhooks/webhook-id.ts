/** Names of webhooks. They begin the ids of deliveries too, so they are never given twice, in no store. */
import { randomBytes } from 'node:crypto';

export const newWebhookId = (): string => `wh_${randomBytes(12).toString('hex')}`;

export const isWebhookId = (text: string): boolean => /^wh_[0-9a-f]{24}$/.test(text);
