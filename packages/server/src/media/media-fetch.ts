/** Media from a URL: one GET through the guard, redirects too, with bounds on their number, on bytes and on time. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CONTENT_LIMITS, MIME_TYPE, messageOf } from '@wakeeper/lifecycle';
import { Problem } from '../http/problem.js';
import { isPrivateRefusal, TargetRefused, type UrlGuard } from '../webhooks/url-guard.js';
import { beforeEndOf } from './before-end.js';

import { overLimit, Spool, type SpoolOptions } from './spool.js';
import { nameOfAddress, nameOfDisposition } from './told-name.js';

export interface FetchOptions extends SpoolOptions {
  readonly guard: UrlGuard;
  /** For all of it: look-up, redirects and the last byte. */
  readonly timeoutMs: number;
}

export interface FetchedMedia {
  readonly mimetype: string;
  /** Base64. */
  readonly data: string;
  readonly filename: string | undefined;
}

const MAX_REDIRECTS = 3;
const REDIRECTS: readonly (number | undefined)[] = [301, 302, 303, 307, 308];
const HEADERS = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'wakeeper' };

/**
 * @param mimetype what the media are, whatever the server calls them
 * @param caller aborted when nobody waits any more
 * @throws Problem MEDIA_URL_REFUSED, MEDIA_UNAVAILABLE, MEDIA_OVER_LIMIT, SPOOL_UNAVAILABLE, TIMEOUT; the reason of `caller`
 */
export async function fetchMedia(
  url: string,
  mimetype: string | undefined,
  options: FetchOptions,
  caller: AbortSignal,
): Promise<FetchedMedia> {
  const late = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([late, caller]);
  try {
    const { response, addresses } = await follow(new URL(url), options.guard, signal);
    try {
      const type = mimetype ?? typeOf(response);
      const data = await bodyOf(response, options, signal);
      return { mimetype: type, data, filename: nameOf(response, addresses) };
    } finally {
      response.destroy();
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (late.aborted)
      throw new Problem('TIMEOUT', {
        detail: `The media did not come within ${options.timeoutMs} ms (MEDIA_FETCH_TIMEOUT_MS).`,
      });
    caller.throwIfAborted();
    throw problemOf(error);
  }
}

interface Followed {
  readonly response: IncomingMessage;
  /** The one that was asked for, and those that it led to. */
  readonly addresses: readonly URL[];
}

/** The answer that is none of the redirects, each of which passes the guard like the first address. */
async function follow(start: URL, guard: UrlGuard, signal: AbortSignal): Promise<Followed> {
  let url = start;
  const addresses = [start];
  for (let redirects = 0; ; redirects++) {
    const response = await get(url, guard, signal);
    const { statusCode: status, headers } = response;
    if (status === 200) return { response, addresses };
    response.on('error', () => {}).destroy();
    const target = headers.location;
    if (!REDIRECTS.includes(status) || target === undefined) throw unavailable(`The URL answers ${status}.`);
    if (redirects === MAX_REDIRECTS) throw unavailable(`The URL redirects more than ${MAX_REDIRECTS} times.`);
    if (!URL.canParse(target, url.href))
      throw unavailable('The URL redirects to something that is no address.');
    url = new URL(target, url);
    addresses.push(url);
  }
}

/** The look-up of a name cannot be called back; nobody waits for it past the signal. */
async function get(url: URL, guard: UrlGuard, signal: AbortSignal): Promise<IncomingMessage> {
  const route = await beforeEndOf(signal, guard.route(url));
  const begin = url.protocol === 'http:' ? httpRequest : httpsRequest;
  return new Promise((resolve, reject) => {
    begin(url, { headers: HEADERS, signal, ...route })
      .once('response', resolve)
      .once('error', reject)
      .end();
  });
}

async function bodyOf(
  response: IncomingMessage,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<string> {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw unavailable(`The URL answers with ${encoding}, which was not asked for.`);
  if (Number(response.headers['content-length'] ?? 0) > options.maxBytes) throw overLimit(options.maxBytes);
  const spool = await Spool.open(options);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      await spool.write(chunk);
    }
    if (spool.bytes === 0) throw unavailable('The URL answers with nothing.');
    return await spool.base64();
  } finally {
    await spool.close();
  }
}

function typeOf({ headers }: IncomingMessage): string {
  const type = headers['content-type']?.trim() ?? '';
  if (MIME_TYPE.test(type) && type.length <= CONTENT_LIMITS.mimetype) return type;
  throw unavailable('The URL does not say of what type the media are: give media.mimetype.');
}

/** As the server calls them, or else the first address that looks like a file. Without one the type gives them a name. */
function nameOf({ headers }: IncomingMessage, addresses: readonly URL[]): string | undefined {
  const named = addresses.map(nameOfAddress).find((name) => name !== undefined);
  return nameOfDisposition(headers['content-disposition']) ?? named;
}

const unavailable = (detail: string): Problem => new Problem('MEDIA_UNAVAILABLE', { detail });

function problemOf(error: unknown): Problem {
  if (error instanceof TargetRefused)
    return new Problem('MEDIA_URL_REFUSED', { detail: error.message, errors: URL_ERROR(error.message) });
  if (isPrivateRefusal(error)) {
    const detail = 'The media are at a private address. To allow it, add its range to MEDIA_ALLOW_PRIVATE.';
    return new Problem('MEDIA_URL_REFUSED', { detail, errors: URL_ERROR(detail) });
  }
  return unavailable(`The media cannot be fetched: ${messageOf(error) || 'the connection failed'}.`);
}

const URL_ERROR = (message: string) => [{ path: 'media.url', message }];
