/** Signatures and secrets as Standard Webhooks 1.0.0 have them. */
import { createHmac, randomBytes } from 'node:crypto';
import type { WebhookSecret } from '@wakeeper/lifecycle';

const PREFIX = 'whsec_';
const SECRET = /^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const SHORTEST_KEY = 24;
const LONGEST_KEY = 64;

const keyOf = (secret: string): Buffer => Buffer.from(secret.slice(PREFIX.length), 'base64');

export const SECRET_RULE = `whsec_ and ${SHORTEST_KEY} to ${LONGEST_KEY} random bytes in base64`;
export function isSecret(text: string): boolean {
  const { length } = keyOf(text);
  return SECRET.test(text) && length >= SHORTEST_KEY && length <= LONGEST_KEY;
}

export const newSecret = (): string => PREFIX + randomBytes(32).toString('base64');

/** Those that sign at that time, newest first. */
export const activeSecrets = (secrets: readonly WebhookSecret[], now: number): readonly WebhookSecret[] =>
  secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);

export interface SignedHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/** @param now of the attempt, epoch milliseconds */
export function signedHeaders(
  id: string,
  body: string,
  secrets: readonly WebhookSecret[],
  now: number,
): SignedHeaders {
  const timestamp = String(Math.floor(now / 1000));
  const signatures = activeSecrets(secrets, now).map(({ secret }) => {
    const hmac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`);
    return `v1,${hmac.digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
