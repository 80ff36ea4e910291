/** An attempt of a delivery, from the fact to the answer: body, signature, deadline. It never throws. */
import { type Clock, messageOf, type Webhook, type WebhookDelivery } from '@wakeeper/lifecycle';
import { eventJson } from '../routes/event-json.js';
import type { Post, PostAnswer } from './http-post.js';
import { signedHeaders } from './signature.js';

export interface AttemptDeps {
  readonly post: Post;
  readonly clock: Clock;
  /** For connecting and answering together, in milliseconds. */
  readonly timeoutMs: number;
}

/** The same for every attempt: receivers know a repeated delivery by it. */
export const deliveryId = ({ webhookId, fact }: Pick<WebhookDelivery, 'webhookId' | 'fact'>): string =>
  `${webhookId}_${fact.number}`;

/** @param cut ends the attempt early; the answer is then an error */
export const attemptDelivery = (
  deps: AttemptDeps,
  webhook: Webhook,
  delivery: WebhookDelivery,
  cut: AbortSignal,
): Promise<PostAnswer> => attemptEvent(deps, webhook, deliveryId(delivery), eventJson(delivery.fact), cut);

export async function attemptEvent(
  { post, clock, timeoutMs }: AttemptDeps,
  webhook: Webhook,
  id: string,
  event: object,
  cut: AbortSignal,
): Promise<PostAnswer> {
  const deadline = new AbortController();
  const timer = clock.setTimeout(
    () => deadline.abort(new Error(`There was no answer within ${timeoutMs / 1000} s.`)),
    timeoutMs,
  );
  const end = () => deadline.abort(cut.reason);
  if (cut.aborted) end();
  else cut.addEventListener('abort', end, { once: true });
  try {
    const body = JSON.stringify(event);
    const headers = {
      'user-agent': 'wakeeper',
      ...webhook.headers,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...signedHeaders(id, body, webhook.secrets, clock.now()),
    };
    return await post({ url: webhook.url, headers, body }, deadline.signal);
  } catch (error) {
    return { status: null, error: messageOf(error) };
  } finally {
    clock.clearTimeout(timer);
    cut.removeEventListener('abort', end);
  }
}
