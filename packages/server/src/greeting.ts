/** What the server says when it listens: where, and what to do next for somebody who has just installed it. */
import type { Config } from './config.js';

/** One line each. */
export function greeting(
  url: string,
  { apiKeys, driver }: Pick<Config, 'apiKeys' | 'driver'>,
): readonly string[] {
  const key = apiKeys.length > 0 ? " -H 'x-api-key: YOUR_KEY'" : '';
  return [
    `wakeeper listens on ${url}`,
    `Make an instance:   curl -X POST ${url}/v1/instances${key} -H 'content-type: application/json' -d '{"id":"first"}'`,
    `Scan its QR code:   curl -N '${url}/v1/instances/first/qr?follow=true'${key} -H 'accept: text/plain'`,
    ...(driver === 'simulated'
      ? ['DRIVER=simulated: nothing here reaches WhatsApp, and codes are scanned by themselves.']
      : []),
    ...(apiKeys.length > 0 ? [] : ['No API_KEYS: only programs on this machine are answered.']),
  ];
}
