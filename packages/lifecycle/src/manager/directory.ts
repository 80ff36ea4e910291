/** Directory: what an instance's account can look up while it is ready. Nothing of it is kept. */
import type { Chat, ChatPlace, NumberLookup } from '../domain/directory.js';
import { placeOfChat } from '../domain/directory.js';
import type { ChatsRequest, Driver, NumberRequest } from '../ports/driver.js';
import { badCursor, limitOf } from './instance-list.js';
import type { ManagedInstance } from './managed-instance.js';
import type { Page } from './manager-options.js';
import { askReady } from './page-questions.js';
import type { Recipients } from './recipients.js';

export interface ChatsQuery {
  /** 1 to 500, 50 by default. */
  readonly limit?: number;
  /** The `nextCursor` of the page before. A chat in which something happens meanwhile moves to the front, past it. */
  readonly cursor?: string;
}

/** What is found is remembered for sends. @throws LifecycleError as `askReady` */
export async function lookUpNumber(
  instance: ManagedInstance,
  { driver, recipients = null }: { readonly driver: Driver; readonly recipients?: Recipients | null },
  request: Pick<NumberRequest, 'phoneNumber' | 'deadlineMs'>,
): Promise<NumberLookup> {
  const found = await askReady(
    instance,
    'The number could not be looked up',
    (ref) => driver.lookupNumber({ ...ref, ...request }),
    { refused: 'LOOKUP_FAILED', needs: 'lookUp' },
  );
  recipients?.learn(instance.id, request.phoneNumber, found);
  return found;
}

/** @throws LifecycleError INVALID_INPUT, and as `askReady` */
export async function chatsPage(
  instance: ManagedInstance,
  driver: Driver,
  { limit: asked, cursor }: ChatsQuery,
  deadlineMs: number,
): Promise<Page<Chat>> {
  const limit = limitOf(asked);
  const after = cursor === undefined ? null : decode(cursor);
  const request: Pick<ChatsRequest, 'limit' | 'after' | 'deadlineMs'> = {
    limit: limit + 1,
    after,
    deadlineMs,
  };
  const found = await askReady(
    instance,
    'The chats could not be listed',
    (ref) => driver.listChats({ ...ref, ...request }),
    { refused: 'LOOKUP_FAILED' },
  );
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last ? encode(placeOfChat(last)) : null };
}

const encode = ({ timestamp, id }: ChatPlace): string =>
  Buffer.from(`${timestamp}:${id}`).toString('base64url');

function decode(cursor: string): ChatPlace {
  const [, timestamp, id] = /^(\d{1,15}):(.+)$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const place = { timestamp: Number(timestamp), id: id ?? '' };
  if (timestamp === undefined || encode(place) !== cursor) throw badCursor();
  return place;
}
