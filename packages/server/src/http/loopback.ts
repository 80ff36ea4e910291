/**
 * A server without keys answers this machine alone. Listening on loopback keeps other machines out, but not web pages
 * in this machine's own browsers: they can post here from any site, or reach us under a name that was rebound to
 * 127.0.0.1. Both show in the headers that pages cannot choose.
 */
import type { Context } from 'hono';
import type { Check } from './gate.js';
import { Problem } from './problem.js';

/** True for `localhost`, 127.0.0.0/8 and ::1, with or without brackets. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);

const hostOf = (authority: string): string => authority.replace(/:\d+$/, '');

/** Browsers say where a request comes from. A link that somebody follows may come from anywhere; all else may not. */
function isFromAnotherSite(c: Context, authority: string): boolean {
  const origin = c.req.header('origin');
  if (origin !== undefined) return !URL.canParse(origin) || new URL(origin).host !== authority;
  const isFollowedLink = c.req.header('sec-fetch-mode') === 'navigate' && c.req.method === 'GET';
  return !isFollowedLink && !['same-origin', 'none', undefined].includes(c.req.header('sec-fetch-site'));
}

/** Refuses requests that come from a web page of another site, or under a name that is not this machine's own. */
export const localCallersOnly: Check = (c) => {
  const authority = c.req.header('host') ?? new URL(c.req.url).host;
  if (isLoopback(hostOf(authority)) && !isFromAnotherSite(c, authority)) return;
  throw new Problem('FORBIDDEN', {
    detail:
      'Without API_KEYS only programs on this machine may call, under a loopback address. Set API_KEYS to call from elsewhere.',
  });
};
