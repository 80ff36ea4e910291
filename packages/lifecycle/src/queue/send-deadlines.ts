/** How long one send may take: media are uploaded first. */
import type { ItemContent } from '../domain/message.js';
import type { LifecycleOptions } from '../policy/options.js';

const isMedia = (content: ItemContent): boolean =>
  content.type === 'message' && content.payload.media !== undefined;

/** Deadline of the call into the page. */
export const sendTimeoutOf = (content: ItemContent, options: LifecycleOptions): number =>
  isMedia(content) ? options.mediaAckTimeoutMs : options.sendTimeoutMs;

/** How long an acknowledgement of WhatsApp's server is waited for. */
export const ackTimeoutOf = (content: ItemContent, options: LifecycleOptions): number =>
  isMedia(content) ? options.mediaAckTimeoutMs : options.ackTimeoutMs;
