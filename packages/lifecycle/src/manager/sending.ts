/** A send, from the call to the queue: checked, admitted by the state of its instance, and accepted or refused. */
import type { NumberLookup } from '../domain/directory.js';
import type { ErrorCode } from '../domain/errors.js';
import type { ItemContent } from '../domain/message.js';
import type { Receipt } from '../domain/receipt.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { AcceptOptions } from '../queue/queue-deps.js';
import { capabilityRefusal, refusalOf } from './admission.js';
import { checkedContent, checkedIdempotencyKey, checkedMetadata, checkedTtl } from './content.js';
import type { ManagedInstance } from './managed-instance.js';
import type { SendOptions } from './manager-options.js';
import type { Recipients } from './recipients.js';

export interface SendingDeps {
  readonly options: LifecycleOptions;
  /** Null: nobody is looked up. */
  readonly recipients: Recipients | null;
  /** @throws LifecycleError INSTANCE_NOT_FOUND */
  readonly find: () => ManagedInstance;
  readonly isClosing: () => boolean;
}

/** @throws LifecycleError INVALID_INPUT */
const acceptOptions = (
  given: SendOptions,
  { sendWaitMs }: LifecycleOptions,
  content: ItemContent,
): AcceptOptions => ({
  metadata: checkedMetadata(given.metadata),
  waitMs: given.waitMs ?? sendWaitMs,
  ttlMs: checkedTtl(given.ttlMs),
  idempotencyKey: checkedIdempotencyKey(given.idempotencyKey),
  asked: given.requested ?? content,
});

/** @throws LifecycleError INSTANCE_NOT_FOUND, INVALID_INPUT, RECIPIENT_INVALID, IDEMPOTENCY_MISMATCH */
export async function send(
  content: ItemContent,
  given: SendOptions,
  { options, recipients, find, isClosing }: SendingDeps,
): Promise<Receipt> {
  const asked = find();
  const checked = checkedContent(content);
  const accept = acceptOptions(given, options, checked);
  const found = recipients && !isClosing() ? await recipients.find(asked, checked.payload.to) : null;
  // Much may have happened meanwhile.
  const instance = find();
  const { view, queue, accountKey: account } = instance;
  const stateNow = () => instance.state;
  if (isClosing()) return queue.refused('SHUTTING_DOWN', 'The server is shutting down.', view.state);
  const refusal = refusalOf(view, options) ?? capabilityRefusal(instance, checked) ?? strangerOf(found);
  if (!refusal)
    return queue.accept(addressed(checked, found), { ...accept, account }, stateNow, view.state === 'ready');
  const repeated = await queue.repeated(checked, accept, stateNow);
  return repeated ?? queue.refused(refusal.code, refusal.message, view.state);
}

/** Never stored: a queue of no size is asked with it. */
const NOTHING: ItemContent = { type: 'message', payload: { to: '', text: '' } };

/** As `InstanceManager.foresee`. */
export async function foresee(
  given: SendOptions,
  { options, find, isClosing }: SendingDeps,
): Promise<Receipt | null> {
  const instance = find();
  const accept = acceptOptions(given, options, NOTHING);
  const { view, queue } = instance;
  if (isClosing()) return queue.refused('SHUTTING_DOWN', 'The server is shutting down.', view.state);
  const repeated = await queue.repeated(NOTHING, accept, () => instance.state);
  const refusal = refusalOf(view, options);
  return repeated ?? (refusal && queue.refused(refusal.code, refusal.message, view.state));
}

function strangerOf(
  found: NumberLookup | null,
): { readonly code: ErrorCode; readonly message: string } | null {
  if (found?.exists !== false) return null;
  return { code: 'RECIPIENT_NOT_FOUND', message: `${found.phoneNumber} is not on WhatsApp.` };
}

/** To where WhatsApp has the number. */
const addressed = (content: ItemContent, found: NumberLookup | null): ItemContent =>
  found?.chatId
    ? ({ ...content, payload: { ...content.payload, to: found.chatId } } as ItemContent)
    : content;
