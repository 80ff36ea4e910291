/** What our client adds to the library's, without a browser: the library's own parts are put in its place. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import wwebjs from 'whatsapp-web.js';
import { WebClient } from './web-client.js';

interface Library {
  initialize(): Promise<void>;
  inject(): Promise<void>;
}
afterEach(() => void vi.restoreAllMocks());

/** What happens to the page while the library works. */
interface PageEvents {
  /** In the n-th injection, the first being 1. It throws what the library throws. */
  duringInjection?(time: number, page: FakePage): void;
  /** After the first injection, when the library begins to listen to navigations. */
  beforeListening?(page: FakePage): void;
}
class FakePage {
  document = 1;
  reloads = 0;
  isClosed = () => false;
  evaluate = async () => this.document;
  reload = async () => {
    this.document += 1;
    this.reloads += 1;
  };
}

/** A launch, with the hooks that it called and how often the library injected and the page was reloaded. */
async function launched({ duringInjection, beforeListening }: PageEvents) {
  const called: string[] = [];
  const page = new FakePage();
  const library = wwebjs.Client.prototype as unknown as Library;
  const inject = vi.spyOn(library, 'inject').mockImplementation(async () => {
    duringInjection?.(inject.mock.calls.length, page);
  });
  vi.spyOn(library, 'initialize').mockImplementation(async function (this: wwebjs.Client) {
    Object.assign(this, { pupPage: page, pupBrowser: { connected: true } });
    await (this as unknown as Library).inject();
    beforeListening?.(page);
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
  return {
    called,
    injections: inject.mock.calls.length,
    reloads: page.reloads,
    injectAgain: () => (client as unknown as Library).inject(),
    page,
  };
}
const ofTwoDocuments = new TypeError("Cannot read properties of undefined (reading 'RegistrationUtils')");

describe('a launch', () => {
  it('has the library in the document that was loaded before the library listened to navigations', async () => {
    expect(await launched({ beforeListening: (page) => void page.reload() })).toMatchObject({
      called: ['injected', 'newDocument', 'injected'],
      injections: 2,
    });
  });

  it('has it there once', async () => {
    expect(await launched({})).toMatchObject({ called: ['injected'], injections: 1 });
  });
});

describe('a document that is replaced while the library is injected', () => {
  it('does not fail the launch with the error that the library throws in the next one', async () => {
    const torn = await launched({
      duringInjection: (time, page) => {
        if (time > 1) return;
        page.document = 2;
        throw ofTwoDocuments;
      },
    });
    expect(torn).toMatchObject({ called: ['injected'], injections: 2, reloads: 1 });
  });

  it('does not end the launch where nothing is thrown: the next one has only a part, and is reloaded', async () => {
    const torn = await launched({
      duringInjection: (time, page) => {
        if (time === 1) page.document = 2;
      },
    });
    expect(torn).toMatchObject({ called: ['injected'], injections: 2, reloads: 1 });
  });

  it('does not fail a session either', async () => {
    const session = await launched({
      duringInjection: (time, page) => {
        if (time !== 2) return;
        page.document = 3;
        throw ofTwoDocuments;
      },
    });
    session.page.document = 2;
    // The library injects after each navigation; the second one came while the first was at work.
    await Promise.all([session.injectAgain(), session.injectAgain()]);
    expect(session.called).toEqual(['injected', 'newDocument', 'leaked', 'newDocument', 'injected']);
  });

  it('is reloaded where it lacks a function that puppeteer takes for exposed', async () => {
    const lacking = await launched({
      duringInjection: (time) => {
        if (time === 1)
          throw new Error(
            "Failed to add page binding with name onQRChangedEvent: window['onQRChangedEvent'] already exists!",
          );
      },
    });
    expect(lacking).toMatchObject({ called: ['injected'], injections: 2, reloads: 1 });
  });

  it('fails the launch where an error comes from a document that is still there', async () => {
    const failing = launched({
      duringInjection: () => {
        throw ofTwoDocuments;
      },
    });
    await expect(failing).rejects.toThrow('RegistrationUtils');
  });
});
