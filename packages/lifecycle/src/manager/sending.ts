/** A send, from the call to the queue: checked, admitted by the state of its instance, and accepted or refused. */
import type { ItemContent } from '../domain/message.js';
import type { Receipt } from '../domain/receipt.js';
import type { LifecycleOptions } from '../policy/options.js';
import { refusalOf } from './admission.js';
import { checkedContent, checkedMetadata, checkedTtl } from './content.js';
import type { ManagedInstance } from './managed-instance.js';
import type { SendOptions } from './manager-options.js';

interface SendingDeps {
  readonly options: LifecycleOptions;
  /** @throws LifecycleError INSTANCE_NOT_FOUND */
  readonly find: () => ManagedInstance;
  readonly isClosing: () => boolean;
}

/** @throws LifecycleError INSTANCE_NOT_FOUND, INVALID_INPUT, RECIPIENT_INVALID, IDEMPOTENCY_MISMATCH */
export async function send(
  content: ItemContent,
  given: SendOptions,
  { options, find, isClosing }: SendingDeps,
): Promise<Receipt> {
  const instance = find();
  const checked = checkedContent(content);
  const accept = {
    metadata: checkedMetadata(given.metadata),
    waitMs: given.waitMs ?? options.sendWaitMs,
    ttlMs: checkedTtl(given.ttlMs),
    idempotencyKey: given.idempotencyKey,
  };
  const { view, queue } = instance;
  const stateNow = () => instance.state;
  if (isClosing()) return queue.refused('SHUTTING_DOWN', 'The server is shutting down.', view.state);
  const refusal = refusalOf(view, options);
  if (!refusal) return queue.accept(checked, accept, stateNow, view.state === 'ready');
  const repeated = await queue.repeated(checked, accept, stateNow);
  return repeated ?? queue.refused(refusal.code, refusal.message, view.state);
}
