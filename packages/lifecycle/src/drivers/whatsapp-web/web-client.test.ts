/** What our client adds to the library's, without a browser: the library's own parts are put in its place. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import wwebjs from 'whatsapp-web.js';
import { type Page, WebClient } from './web-client.js';

interface Library {
  initialize(): Promise<void>;
  inject(): Promise<void>;
}
afterEach(() => void vi.restoreAllMocks());

/** The library's parts, and what happens while it injects for the n-th time. */
interface LibraryStory {
  injects?(time: number, page: FakePage): void;
  /** The library listens to navigations from now on. */
  listens?(page: FakePage): void;
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

/** A launch; the hooks that were called, and in which document the library was set up by each of its injections. */
async function launched({ injects, listens }: LibraryStory) {
  const called: string[] = [];
  const page = new FakePage();
  const library = wwebjs.Client.prototype as unknown as Library;
  const inject = vi.spyOn(library, 'inject').mockImplementation(async () => {
    injects?.(inject.mock.calls.length, page);
  });
  vi.spyOn(library, 'initialize').mockImplementation(async function (this: wwebjs.Client) {
    Object.assign(this, { pupPage: page as unknown as Page, pupBrowser: { connected: true } });
    await (this as unknown as Library).inject();
    listens?.(page);
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
    expect(await launched({ listens: (page) => void page.reload() })).toMatchObject({
      called: ['injected', 'newDocument', 'injected'],
      injections: 2,
    });
  });

  it('has it there once', async () => {
    expect(await launched({})).toMatchObject({ called: ['injected'], injections: 1 });
  });
});

describe('a document that is replaced while the library is injected', () => {
  it('is no failure of the launch, whatever the library throws in the next one', async () => {
    const torn = await launched({
      injects: (time, page) => {
        if (time > 1) return;
        page.document = 2;
        throw ofTwoDocuments;
      },
    });
    expect(torn).toMatchObject({ called: ['injected'], injections: 2, reloads: 1 });
  });

  it('is none where nothing is thrown: the next one has the listeners without the rest, and is loaded anew', async () => {
    const torn = await launched({
      injects: (time, page) => {
        if (time === 1) page.document = 2;
      },
    });
    expect(torn).toMatchObject({ called: ['injected'], injections: 2, reloads: 1 });
  });

  it('is no failure of a session either', async () => {
    const session = await launched({
      injects: (time, page) => {
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

  it('may lack a function that puppeteer takes for exposed, and is loaded anew', async () => {
    const lacking = await launched({
      injects: (time) => {
        if (time === 1)
          throw new Error(
            "Failed to add page binding with name onQRChangedEvent: window['onQRChangedEvent'] already exists!",
          );
      },
    });
    expect(lacking).toMatchObject({ called: ['injected'], injections: 2, reloads: 1 });
  });

  it('is left as a failure where the document is still the same', async () => {
    const failing = launched({
      injects: () => {
        throw ofTwoDocuments;
      },
    });
    await expect(failing).rejects.toThrow('RegistrationUtils');
  });
});
