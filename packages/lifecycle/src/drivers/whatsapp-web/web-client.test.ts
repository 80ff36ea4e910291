/** What our client adds to the library's, without a browser: the library's own parts are put in its place. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import wwebjs from 'whatsapp-web.js';
import { type Page, WebClient } from './web-client.js';

interface Library {
  initialize(): Promise<void>;
  inject(): Promise<void>;
}
afterEach(() => void vi.restoreAllMocks());

/** A launch in which the page has this document in the end; the hooks that were called. */
async function launched(documentAtTheEnd: number) {
  const called: string[] = [];
  let document = 1;
  const page = { isClosed: () => false, evaluate: async () => document } as unknown as Page;
  const library = wwebjs.Client.prototype as unknown as Library;
  const inject = vi.spyOn(library, 'inject').mockResolvedValue();
  vi.spyOn(library, 'initialize').mockImplementation(async function (this: wwebjs.Client) {
    Object.assign(this, { pupPage: page, pupBrowser: { connected: true } });
    await (this as unknown as Library).inject();
    // Only now does the library listen to navigations.
    document = documentAtTheEnd;
  });
  const client = new WebClient({
    instanceId: 'shop',
    folder: '/tmp/nowhere',
    versionFolder: '/tmp/nowhere',
    webVersion: undefined,
    userAgent: undefined,
    authTimeoutMs: 1_000,
  });
  client.hooks = {
    launchOptions: () => ({}),
    launched: async () => {},
    injected: () => called.push('injected'),
    newDocument: () => called.push('newDocument'),
    injectionFailed: () => called.push('injectionFailed'),
    leaked: () => called.push('leaked'),
  };
  await client.initialize();
  return { called, injections: inject.mock.calls.length };
}

describe('a launch', () => {
  it('has the library in the document that was loaded before the library listened to navigations', async () => {
    expect(await launched(2)).toEqual({ called: ['injected', 'newDocument', 'injected'], injections: 2 });
  });

  it('has it there once', async () => {
    expect(await launched(1)).toEqual({ called: ['injected'], injections: 1 });
  });
});
