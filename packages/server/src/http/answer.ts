/** The headers of every answer, and the short way to an answer in JSON. */
import type { Context, TypedResponse } from 'hono';
import type { JSONParsed } from 'hono/utils/types';
import type { AppEnv } from './app-env.js';

/** What every answer carries, whatever it is. */
export const answerHeaders = (c: Context<AppEnv>): Record<string, string> => ({
  'cache-control': 'no-store',
  'x-request-id': c.get('requestId'),
});

/** True for an answer that has its headers already. */
export const isComplete = (c: Context<AppEnv>): boolean => c.get('complete') === c.res;

/**
 * 200 with JSON, as `c.json`, for what is asked for often: a plain record of headers goes to the socket as it is, while
 * `c.json` builds a Headers of more than one, which is then sorted and taken apart again.
 */
export function json<T>(c: Context<AppEnv>, value: T): Response & TypedResponse<JSONParsed<T>, 200, 'json'> {
  const headers = { 'content-type': 'application/json', ...answerHeaders(c) };
  const response = new Response(JSON.stringify(value), { status: 200, headers });
  c.set('complete', response);
  // What a typed answer has more is for Hono's typed client alone, and is nothing at run time.
  return response as Response & TypedResponse<JSONParsed<T>, 200, 'json'>;
}
