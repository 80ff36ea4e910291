/** The facts that follow from a change of a linking by passkey. */
import type { FactDraft } from '../domain/fact.js';
import type { InstanceContext } from '../instance/instance-events.js';

type Known = Pick<InstanceContext, 'passkey' | 'passkeyFailure'>;

export function passkeyFacts(instanceId: string, at: number, before: Known, now: Known): FactDraft[] {
  if (before.passkey === now.passkey && before.passkeyFailure === now.passkeyFailure) return [];
  const { passkey, passkeyFailure: reason } = now;
  const facts: FactDraft[] = [];
  if (passkey && passkey.options !== before.passkey?.options) {
    const { options, expiresAt } = passkey;
    facts.push({ type: 'passkey.required', instanceId, at, body: { options, expiresAt } });
  }
  if (passkey && passkey.code !== null && passkey.code !== before.passkey?.code) {
    const { code, confirm, expiresAt } = passkey;
    facts.push({ type: 'passkey.code', instanceId, at, body: { code, confirm, expiresAt } });
  }
  if (reason !== null && reason !== before.passkeyFailure)
    facts.push({ type: 'passkey.failed', instanceId, at, body: { reason } });
  return facts;
}
