/** One POST to an endpoint: through the guard, without redirects, with bounds on what comes back. It never throws. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { messageOf } from '@wakeeper/lifecycle';
import { isPrivateRefusal, type UrlGuard } from './url-guard.js';

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PostAnswer {
  /** Null when there was no answer. */
  readonly status: number | null;
  /** The header `Retry-After`, as it came. */
  readonly retryAfter?: string | undefined;
  /** Why there was no answer, as a sentence. */
  readonly error: string | null;
}

/** `signal` is the deadline; its reason says so. */
export type Post = (request: PostRequest, signal: AbortSignal) => Promise<PostAnswer>;

/**
 * A kept connection that the other end closed in the same moment: no failure of the receiver. Each try uses one of
 * them up, so that in the end there is a new connection.
 */
const STALE: readonly string[] = ['ECONNRESET', 'EPIPE'];

/** Of the answer's body, which nobody reads; a connection with more to say is closed. */
const LONGEST_BODY = 64 * 1024;
const LONGEST_BODY_MS = 10_000;

export const httpPost =
  (guard: UrlGuard): Post =>
  async (request, signal) => {
    const aborted = new Promise<never>((_, reject) => {
      const abort = () => reject(signal.reason);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
    try {
      return await Promise.race([send(guard, request, signal), aborted]);
    } catch (error) {
      return { status: null, error: sentenceOf(error) };
    }
  };

async function send(
  guard: UrlGuard,
  { url: text, headers, body }: PostRequest,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const url = new URL(text);
  const route = await guard.route(url);
  const begin = url.protocol === 'http:' ? httpRequest : httpsRequest;
  const once = () =>
    new Promise<IncomingMessage | 'stale'>((resolve, reject) => {
      const request = begin(url, { method: 'POST', headers, signal, ...route });
      request.once('response', resolve).once('error', (error: NodeJS.ErrnoException) => {
        if (request.reusedSocket && STALE.includes(error.code ?? '')) resolve('stale');
        else reject(error);
      });
      request.end(body);
    });
  let response = await once();
  while (response === 'stale') response = await once();
  discard(response);
  return { status: response.statusCode ?? null, retryAfter: response.headers['retry-after'], error: null };
}

/** The answer counts from its first line; the rest is taken so that the connection can be used again. */
function discard(response: IncomingMessage): void {
  let bytes = 0;
  const late = setTimeout(() => response.destroy(), LONGEST_BODY_MS).unref();
  response.once('close', () => clearTimeout(late));
  response.on('error', () => {});
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LONGEST_BODY) response.destroy();
  });
}

function sentenceOf(error: unknown): string {
  if (isPrivateRefusal(error))
    return 'The target is a private address. To allow it, add its range to WEBHOOK_ALLOW_PRIVATE.';
  const message = messageOf(error) || 'the connection failed';
  return /[.!]$/.test(message) ? message : `No answer: ${message}.`;
}
