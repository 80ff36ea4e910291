/** What the page of a session has: its messages of late, and the files of messages. */
import {
  DriverError,
  type FetchedMessages,
  type FetchMediaRequest,
  type FetchMessagesRequest,
  type MediaAnswer,
} from '../../ports/driver.js';
import { heardMessage, type MessageCopy, NOTICES, unreadableMessage } from './heard-message.js';
import { inPage } from './page-call.js';
import { mediaInPage, recentInPage } from './page-history.js';
import type { WebSession } from './web-session.js';

/** A chat whose earlier messages do not come is left as it is: the others are more than it. */
const LOAD_MS = 5_000;
const MESSAGES_OF_A_CHAT = 2_000;
/** More say nothing that these do not. */
const MOST_UNREADABLE = 500;

/** @throws what the page throws, DriverError */
export async function fetchMessages(
  session: Pick<WebSession, 'call' | 'doubts'>,
  request: FetchMessagesRequest,
): Promise<FetchedMessages> {
  const { limit, ignore, deadlineMs } = request;
  const since = Math.floor(request.since / 1000);
  const call = {
    since,
    limit,
    ignore,
    notices: [...NOTICES],
    loadMs: LOAD_MS,
    ofChat: MESSAGES_OF_A_CHAT,
    mostUnreadable: MOST_UNREADABLE,
  };
  const { messages, unreadable, more, nameless, isPartial } = await session.call(
    (page) => inPage(page, recentInPage, call),
    deadlineMs,
  );
  const read = (copies: unknown) => copies as readonly MessageCopy[];
  const heard = read(messages).map(heardMessage);
  const sealed = read(unreadable).map(unreadableMessage);
  const hasId = ({ id }: { readonly id: string }) => id !== '';
  const [named, namedSealed] = [heard.filter(hasId), sealed.filter(hasId)];
  const lost = heard.length + sealed.length - named.length - namedSealed.length;
  for (let left = nameless + lost; left > 0; left -= 1) session.doubts.count('eventWithoutId');
  // A page in which nothing has an id has not shown what there is: what was missed must not count as fetched.
  if (named.length === 0 && nameless + lost > 0)
    throw new DriverError({ code: 'INCOMPATIBLE_PAGE', message: 'No message of the page has an id.' });
  return { messages: named, unreadable: namedSealed, more, ...(isPartial && { isPartial }) };
}

/** @throws what the page throws, DriverError */
export async function fetchMedia(session: WebSession, request: FetchMediaRequest): Promise<MediaAnswer> {
  const { messageId, maxBytes, deadlineMs } = request;
  const answer = await session.call((page) => inPage(page, mediaInPage, { messageId, maxBytes }), deadlineMs);
  if (answer.outcome !== 'fetched')
    return answer.outcome === 'tooLarge' ? answer : { outcome: answer.outcome };
  const { mimetype, filename, data } = answer;
  return { outcome: 'fetched', mimetype, filename, bytes: new Uint8Array(Buffer.from(data, 'base64')) };
}
