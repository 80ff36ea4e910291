/** The file of a message, which only the page of its instance can download and decrypt. */
import { LifecycleError } from '../domain/errors.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { Driver } from '../ports/driver.js';
import type { WaitOptions } from './instance-waits.js';
import type { ManagedInstance } from './managed-instance.js';
import { askPage } from './page-questions.js';

export interface MessageMedia {
  readonly mimetype: string;
  readonly filename: string | null;
  readonly bytes: Uint8Array;
}

/** A large file over a slow line. */
const DEADLINE_MS = 60_000;

/** @throws LifecycleError INSTANCE_NOT_READY, NOT_SUPPORTED, MESSAGE_NOT_FOUND, MEDIA_NOT_FOUND, MEDIA_TOO_LARGE, TIMEOUT */
export async function fetchMedia(
  instance: ManagedInstance,
  { driver, options }: { readonly driver: Driver; readonly options: LifecycleOptions },
  messageId: string,
  { timeoutMs: deadlineMs = DEADLINE_MS }: WaitOptions,
): Promise<MessageMedia> {
  const { id } = instance;
  const { state, detail } = instance.view;
  if (state !== 'ready')
    throw new LifecycleError('INSTANCE_NOT_READY', {
      message: `The media of a message are in the page, and "${id}" is ${state} (${detail}). Ask again when it is ready.`,
      details: { id, state, detail },
    });
  const { maxMediaBytes: maxBytes } = options;
  const ask = { messageId, maxBytes, deadlineMs };
  const answer = await askPage(
    instance,
    'The page gave no media',
    (ref) => driver.fetchMedia({ ...ref, ...ask }),
    { needs: 'download' },
  );
  const details = { id, messageId };
  switch (answer.outcome) {
    case 'fetched':
      return { mimetype: answer.mimetype, filename: answer.filename, bytes: answer.bytes };
    case 'unknownMessage':
      throw new LifecycleError('MESSAGE_NOT_FOUND', {
        message: `The page of "${id}" knows no message "${messageId.slice(0, 200)}". Give the id as message.received tells it.`,
        details,
      });
    case 'noMedia':
      throw new LifecycleError('MEDIA_NOT_FOUND', {
        message:
          'The message has no media, or WhatsApp does not have them any more: the phone can be asked to send them again.',
        details,
      });
    case 'tooLarge':
      throw new LifecycleError('MEDIA_TOO_LARGE', {
        message: `The media have ${answer.bytes} bytes, and at most ${maxBytes} are fetched (MAX_MEDIA_BYTES).`,
        details,
      });
  }
}
