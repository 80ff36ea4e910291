/**
 * Where requests may go (deliveries of webhooks, and media that are fetched): public addresses over https, and what the operator has allowed by address, over http too.
 * Names are judged by the very addresses that the connection is made to, at each connection, so that a name that is
 * pointed elsewhere afterwards leads nowhere. IP literals in any writing are addresses too.
 */
import { lookup } from 'node:dns/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { BlockList, isIP, isIPv4, type LookupFunction } from 'node:net';
import { RequestFilteringHttpsAgent } from 'request-filtering-agent';

/** Why a target is refused, with what can be done. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

/** How a request is to be made. */
export interface Route {
  readonly agent: http.Agent | https.Agent;
  readonly lookup?: LookupFunction;
}

interface Address {
  readonly address: string;
  readonly family: number;
}

const AGENT = { keepAlive: true, maxSockets: 32, maxFreeSockets: 4, timeout: 60_000 };

/** `10.0.0.0/8`, `fd00::/8` or a single address. */
export function parseCidr(text: string): { readonly address: string; readonly prefix: number } | null {
  const [address = '', prefix, ...rest] = text.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (most < 0 || rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return null;
  const bits = prefix === undefined ? most : Number(prefix);
  return bits <= most ? { address, prefix: bits } : null;
}

export class UrlGuard {
  readonly #allowed = new BlockList();
  readonly #allowsAny: boolean;
  readonly #guarded = new RequestFilteringHttpsAgent(AGENT);
  readonly #open = { 'http:': new http.Agent(AGENT), 'https:': new https.Agent(AGENT) };

  readonly #variable: string;

  /**
   * @param allowPrivate addresses and CIDR ranges
   * @param variable the environment variable that they come from, for the words of a refusal
   * @throws TypeError when one is neither
   */
  constructor(allowPrivate: readonly string[], variable: string) {
    this.#variable = variable;
    this.#allowsAny = allowPrivate.length > 0;
    for (const text of allowPrivate) {
      const range = parseCidr(text);
      if (!range) throw new TypeError(`${text} is neither an IP address nor a range such as 10.0.0.0/8.`);
      this.#allowed.addSubnet(range.address, range.prefix, isIPv4(range.address) ? 'ipv4' : 'ipv6');
    }
  }

  /** What can be said of a URL before anything is sent there: why it is refused, or null. */
  refusalOf(text: string): string | null {
    if (!URL.canParse(text)) return 'must be an absolute URL';
    const url = new URL(text);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be an http or https URL';
    if (url.username !== '' || url.password !== '') return 'must have no user name and password; use headers';
    if (url.protocol === 'http:' && !this.#allowsAny)
      return `must be https; plain http goes only to addresses in ${this.#variable}`;
    return null;
  }

  /** @throws TargetRefused, and what the resolver throws */
  async route(url: URL): Promise<Route> {
    const refusal = this.refusalOf(url.href);
    if (refusal) throw new TargetRefused(`The URL ${refusal}.`);
    const pinned = this.#allowsAny ? await this.#allowedAddresses(url) : [];
    if (pinned.length > 0) {
      const agent = this.#open[url.protocol === 'http:' ? 'http:' : 'https:'];
      return { agent, lookup: always(pinned) };
    }
    if (url.protocol === 'http:')
      throw new TargetRefused(`Plain http goes only to addresses in ${this.#variable}, and this is none.`);
    return { agent: this.#guarded };
  }

  /** The addresses behind the URL that the operator has allowed. */
  async #allowedAddresses(url: URL): Promise<readonly Address[]> {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const family = isIP(host);
    const found = family ? [{ address: host, family }] : await lookup(host, { all: true });
    return found.filter(({ address, family }) =>
      this.#allowed.check(address, family === 4 ? 'ipv4' : 'ipv6'),
    );
  }

  close(): void {
    this.#guarded.destroy();
    for (const agent of Object.values(this.#open)) agent.destroy();
  }
}

/** A resolver that knows nothing but these: what was judged is what is connected to. */
function always(addresses: readonly Address[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses;
    if (options.all) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

/** The words of the agent that refuses private addresses. */
export const isPrivateRefusal = (error: unknown): boolean =>
  error instanceof Error && /is not allowed\. Because/.test(error.message);
