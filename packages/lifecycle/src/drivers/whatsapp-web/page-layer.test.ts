import { createRequire } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { REPAIRS } from './page-layer.js';
import { openSeam, type SeamWorld } from './page-seam.js';

/** The functions that the real library puts into the page. */
const library = createRequire(import.meta.url);
const { LoadUtils } = library('whatsapp-web.js/src/util/Injected/Utils.js') as { LoadUtils: () => void };
const { ExposeAuthStore } = library('whatsapp-web.js/src/util/Injected/AuthStore/AuthStore.js') as {
  ExposeAuthStore: () => void;
};
/** What a session that is linked does without. */
const FOR_LINKING = [
  'WAWebOfflineHandler',
  'WAWebAltDeviceLinkingApi',
  'WABase64',
  'WAWebCompanionRegClientUtils',
  'WAWebAdvSignatureApi',
  'WAWebUserPrefsInfoStore',
  'WAWebSignalStoreApi',
];

type Copied = Record<string, { _serialized?: string }>;
interface Page extends SeamWorld {
  WWebJS: {
    getMessageModel(message: object): Copied & { quotedMsg?: Copied };
    getChatModel(chat: object): Promise<Copied & { lastMessage: Copied | null }>;
    injectToFunction(target: object, around: unknown): void;
    processMediaData(media: object, options: object): Promise<object>;
    processStickerData(media: object): Promise<object>;
  };
  onReaction(events: object[]): unknown;
  onPollVoteEvent(events: object[]): unknown;
  AuthStore: Record<string, unknown> & {
    OfflineMessageHandler: { getOfflineDeliveryProgress(): unknown };
  };
  wakeeperHookAgain?(): void;
  /** Reached by tests alone. */
  keyOf(text: string): { _serialized?: string };
  model(attributes: object): object;
  modules: Record<string, unknown>;
  /** What the page does later, when a test lets it. */
  later: (() => void)[];
}

/** What is the page's own: it runs in the page, so that its keys and promises are those of the page. */
function definePage(call: { keyField: string; mediaHasId: boolean }): void {
  const page = globalThis as unknown as Record<string, unknown>;
  page.window = page;
  class MsgKey {
    [field: string]: unknown;
    constructor(text: string) {
      const [fromMe, remote, id] = text.split('_');
      Object.assign(this, { fromMe: fromMe === 'true', remote: { _serialized: remote }, id });
      this[call.keyField] = text;
    }
    toString() {
      return this[call.keyField];
    }
  }
  const model = (attributes: object) => ({ ...attributes, serialize: () => ({ ...attributes }) });
  const stored = model({ id: new MsgKey('false_1@c.us_LAST'), type: 'chat' });
  const prepared = () => {
    const file = {
      ...(call.mediaHasId && { __x_id: undefined }),
      __x_type: 'image',
      type: 'image',
      filehash: 'hash',
      mediaBlob: { type: 'image/png' },
      set: () => undefined,
      toJSON: () => ({ type: 'image' }),
    };
    return file;
  };
  class OpaqueData {
    static createFromData = async () => new OpaqueData();
    url = () => 'blob:';
    autorelease = () => undefined;
    formData = () => undefined;
  }
  const modules: Record<string, unknown> = {
    WAWebMsgKey: MsgKey,
    WAWebCollections: {
      Msg: {
        get: (id: string) => (id === 'false_1@c.us_KNOWN' ? stored : undefined),
        getModelsArray: () => [stored],
        getMessagesById: async ([id]: unknown[]) => {
          if (typeof id !== 'string') throw new Error('No key or key range specified');
          return { messages: [id === 'false_1@c.us_LAST' ? stored : undefined] };
        },
      },
    },
    WAWebSocketModel: { Socket: 'the socket' },
    WAWebCmd: { Cmd: 'the commands' },
    WAWebConnModel: { Conn: 'the connection' },
    WALinkify: { findLinks: () => [] },
    WAWebMediaOpaqueData: OpaqueData,
    WAWebPrepRawMedia: { prepRawMedia: () => ({ waitForPrep: async () => prepared() }) },
    WAWebMediaStorage: { getOrCreateMediaObject: () => ({ consolidate: () => undefined }) },
    WAWebMmsMediaTypes: { msgToMediaType: () => 'image', castToV4: () => 'image' },
    WAWebMediaDataUtils: { shouldUseMediaCache: () => false },
    WAWebMediaMmsV4Upload: { uploadMedia: async () => ({ mediaEntry: {} }) },
    WAWebUploadManager: { encryptAndUpload: async () => prepared() },
    WAWebStartMediaUploadQpl: { startMediaUploadQpl: () => undefined },
    Table: { mode: { bulkUpsert: async (rows: string[]) => (page.kept = rows) } },
  };
  page.require = (name: string) => {
    if (name in modules) return modules[name];
    throw new Error(`Requiring unknown module "${name}"`);
  };
  page.modules = modules;
  page.keyOf = (text: string) => new MsgKey(text);
  page.model = model;
}

/** A page with the library in it, and the repairs before both. */
function makePage(repairs: readonly (() => void)[], { keyField = '$1', mediaHasId = true } = {}): Page {
  const later: (() => void)[] = [];
  const setTimeout = (run: (value: unknown) => void, _ms: number, value: unknown) =>
    later.push(() => run(value));
  const page = createContext({ later, setTimeout, AbortController, queueMicrotask });
  const run = (source: unknown, argument: unknown = null) =>
    runInContext(`(${source})(${JSON.stringify(argument)})`, page);
  run(openSeam);
  for (const repair of repairs) run(repair);
  run(definePage, { keyField, mediaHasId });
  run(LoadUtils);
  // Without a browser there is no file and no hash of it.
  Object.assign((page as unknown as Page).WWebJS, {
    mediaInfoToFile: () => ({ type: 'image/png', size: 1 }),
    getFileHash: async () => 'hash',
    generateHash: async () => 'key',
  });
  return page as unknown as Page;
}
/** What Node gets of a value of the page. */
const throughTheBridge = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** For each repair what works with it alone: `whole` is the layer, or the layer less one. */
const WORKS: Record<string, (whole: readonly (() => void)[]) => Promise<unknown>> = {
  async nameKeyText(whole) {
    const page = makePage(whole);
    expect(page.keyOf('true_1@c.us_A')._serialized).toBe('true_1@c.us_A');
    // The library asks the database for a message by this text, and a page without it throws.
    const chat = { lastReceivedKey: page.keyOf('false_1@c.us_LAST'), msgs: [1], mute: {} };
    await expect(page.WWebJS.getChatModel(page.model(chat))).resolves.toBeTruthy();
  },
  async nameKeysOfCopies(whole) {
    const page = makePage(whole);
    const message = {
      id: page.keyOf('false_1@c.us_A'),
      protocolMessageKey: page.keyOf('false_1@c.us_B'),
      latestEditMsgKey: page.keyOf('false_1@c.us_C'),
      quotedMsg: { type: 'chat', id: page.keyOf('true_1@c.us_D') },
    };
    const copy = throughTheBridge(page.WWebJS.getMessageModel(page.model(message)));
    expect(copy.id?._serialized).toBe('false_1@c.us_A');
    expect(copy.protocolMessageKey?._serialized).toBe('false_1@c.us_B');
    expect(copy.latestEditMsgKey?._serialized).toBe('false_1@c.us_C');
    expect(copy.quotedMsg?.id?._serialized).toBe('true_1@c.us_D');
    const chat = { lastReceivedKey: page.keyOf('false_1@c.us_LAST'), mute: {} };
    const copied = throughTheBridge(await page.WWebJS.getChatModel(page.model(chat)));
    expect(copied.lastReceivedKey?._serialized).toBe('false_1@c.us_LAST');
  },
  async nameKeysOfEvents(whole) {
    const page = makePage(whole);
    const given: Copied[] = [];
    for (const ear of ['onReaction', 'onPollVoteEvent'] as const)
      page[ear] = (events) => given.push(...(throughTheBridge(events) as Copied[]));
    page.onReaction([{ msgKey: page.keyOf('false_1@c.us_R'), parentMsgKey: page.keyOf('true_1@c.us_A') }]);
    page.onPollVoteEvent([
      { msgKey: page.keyOf('false_1@c.us_V'), parentMsgKey: page.keyOf('true_1@c.us_B') },
    ]);
    expect(given.map(({ msgKey, parentMsgKey }) => [msgKey?._serialized, parentMsgKey?._serialized])).toEqual(
      [
        ['false_1@c.us_R', 'true_1@c.us_A'],
        ['false_1@c.us_V', 'true_1@c.us_B'],
      ],
    );
  },
  async keepPageRunning(whole) {
    const page = makePage(whole);
    const run = `async () => {
      WWebJS.injectToFunction({ module: 'Table', function: 'mode.bulkUpsert' }, async () => { throw new Error('no parent'); });
      await require('Table').mode.bulkUpsert(['vote']).catch(() => undefined);
      return kept;
    }`;
    expect(await runInContext(`globalThis.kept = null, (${run})()`, page)).toEqual(['vote']);
    expect(page.later).toHaveLength(1);
    expect(page.later[0]).toThrow('no parent');
  },
  async hookLateFunctions(whole) {
    const page = makePage(whole);
    const { Table } = page.modules as { Table: { mode: { bulkUpsert(rows: string[]): Promise<string[]> } } };
    const seen: unknown[] = [];
    delete page.modules.Table;
    const tell = (_module: object, original: (rows: string[]) => unknown, rows: string[]) => {
      seen.push(rows);
      return original(rows);
    };
    page.WWebJS.injectToFunction({ module: 'Table', function: 'mode.bulkUpsert' }, tell);
    page.wakeeperHookAgain?.();
    page.modules.Table = Table;
    // However often it is asked for: a function that was hooked twice would tell twice.
    page.wakeeperHookAgain?.();
    const { bulkUpsert } = Table.mode;
    Table.mode.bulkUpsert = (rows) => bulkUpsert(rows);
    page.wakeeperHookAgain?.();
    expect([...(await Table.mode.bulkUpsert(['a vote']))]).toEqual(['a vote']);
    expect(seen).toEqual([['a vote']]);
    expect([...page.wakeeperLayer]).toEqual(['hooks:Table']);
  },
  async openWithoutLinking(whole) {
    const page = makePage(whole);
    expect(() => runInContext(`(${ExposeAuthStore})()`, page)).not.toThrow();
    expect(page.AuthStore).toMatchObject({ AppState: 'the socket', Conn: 'the connection' });
    expect(page.AuthStore.OfflineMessageHandler.getOfflineDeliveryProgress()).toBeNull();
    expect([...page.wakeeperLayer].sort()).toEqual(FOR_LINKING.map((name) => `opening:${name}`).sort());
    await Promise.resolve();
    // The stand-ins are for the library alone.
    for (const name of FOR_LINKING) expect(() => runInContext(`require('${name}')`, page)).toThrow(name);
  },
  async hideIdOfMedia(whole) {
    const page = makePage(whole);
    const file = await page.WWebJS.processMediaData({}, {});
    const sticker = await page.WWebJS.processStickerData({ mimetype: 'image/webp' });
    for (const each of [{ ...file }, { ...sticker }]) {
      expect(each).not.toHaveProperty('__x_id');
      expect(each).toHaveProperty('__x_type', 'image');
    }
  },
};

describe('the layer in the page', () => {
  it('has a test for each of its repairs', () => {
    expect(REPAIRS.map(({ name }) => name)).toEqual(Object.keys(WORKS));
  });

  describe.each(REPAIRS.map((repair) => ({ repair, name: repair.name })))('$name', ({ repair, name }) => {
    const works = WORKS[name];
    it('makes the library work on a page that has changed', async () => {
      await works?.(REPAIRS);
    });
    it('is missed where it alone is left out', async () => {
      await expect(works?.(REPAIRS.filter((other) => other !== repair))).rejects.toMatchObject({
        name: 'AssertionError',
      });
    });
  });

  it.each(['$1', 'a7'])(
    'says which repairs are in force, where a key has its text in %s',
    async (keyField) => {
      const page = makePage(REPAIRS, { keyField });
      expect([...page.wakeeperLayer]).toEqual([]);
      page.WWebJS.getMessageModel(page.model({ id: page.keyOf('false_1@c.us_A') }));
      void page.keyOf('false_1@c.us_A')._serialized;
      await page.WWebJS.processMediaData({}, {});
      expect([...page.wakeeperLayer]).toEqual(['copies', `key:${keyField}`, 'media:__x_id']);
    },
  );

  it('repairs the keys of a page that registers them late', () => {
    const page = makePage([]);
    const { WAWebMsgKey } = page.modules;
    delete page.modules.WAWebMsgKey;
    const [nameKeyText] = REPAIRS;
    runInContext(`(${nameKeyText})()`, createContext(page));
    page.WWebJS = { ...page.WWebJS };
    expect(page.later).toHaveLength(1);
    page.later.shift()?.();
    expect(page.keyOf('true_1@c.us_A')._serialized).toBeUndefined();
    page.modules.WAWebMsgKey = WAWebMsgKey;
    page.later.shift()?.();
    expect(page.keyOf('true_1@c.us_A')._serialized).toBe('true_1@c.us_A');
    expect(page.later).toEqual([]);
  });

  it('stands down on a page that is well', async () => {
    const page = makePage(REPAIRS, { keyField: '_serialized', mediaHasId: false });
    const key = page.keyOf('false_1@c.us_A');
    expect(key._serialized).toBe('false_1@c.us_A');
    expect(Object.hasOwn(key, '_serialized')).toBe(true);
    const copy = throughTheBridge(page.WWebJS.getMessageModel(page.model({ id: key })));
    expect(copy.id?._serialized).toBe('false_1@c.us_A');
    const given: unknown[] = [];
    page.onReaction = (events) => given.push(...events);
    page.onReaction([{ msgKey: key }]);
    expect(given).toEqual([{ msgKey: key }]);
    await page.WWebJS.processMediaData({}, {});
    expect([...page.wakeeperLayer]).toEqual([]);
  });

  it('lets the library open a page that is well with what the page has', () => {
    const page = makePage(REPAIRS);
    for (const name of FOR_LINKING)
      page.modules[name] = { [name]: 'there', OfflineMessageHandler: 'the progress' };
    const own = (page as unknown as { require(name: string): unknown }).require;
    const written: unknown[] = [];
    Object.defineProperty(page, 'require', { get: () => own, set: (by: unknown) => written.push(by) });
    runInContext(`(${ExposeAuthStore})()`, page);
    expect(written).toEqual([]);
    expect(page.AuthStore).toMatchObject({
      OfflineMessageHandler: 'the progress',
      PairingCodeLinkUtils: { WAWebAltDeviceLinkingApi: 'there' },
      RegistrationUtils: { WAWebSignalStoreApi: 'there' },
    });
    expect([...page.wakeeperLayer]).toEqual([]);
  });

  it('says that a page cannot be opened which lacks what a linked session needs', () => {
    const page = makePage(REPAIRS);
    delete page.modules.WAWebSocketModel;
    expect(() => runInContext(`(${ExposeAuthStore})()`, page)).toThrow('WAWebSocketModel');
  });

  it('leaves a key without text, and one whose text asks for the very field, without it', () => {
    const page = makePage(REPAIRS);
    const prototype = Object.getPrototypeOf(page.keyOf('true_1@c.us_A')) as { toString(): unknown };
    expect(page.keyOf('nothing')._serialized).toBeUndefined();
    prototype.toString = function (this: { _serialized?: unknown }) {
      return this._serialized;
    };
    expect(page.keyOf('true_1@c.us_A')._serialized).toBeUndefined();
  });
});
