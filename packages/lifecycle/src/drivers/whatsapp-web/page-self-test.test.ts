import { createContext, runInContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PageTestAnswer, type PageTestCall, testInPage, watchModules } from './page-self-test.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

/** What a page has of the world around it. */
const world = (globals: object) =>
  createContext({ setTimeout, performance, atob, File, Uint8Array, ...globals });
const inContext = <T>(page: object, source: string): T => runInContext(source, page) as T;

describe('the modules of a document', () => {
  function watched(require?: unknown) {
    const page = world(require === undefined ? {} : { require });
    runInContext(`(${watchModules})()`, page);
    const quiet = { since: undefined as number | undefined };
    void inContext<Promise<void>>(page, 'wakeeperQuiet').then(() => {
      quiet.since = performance.now();
    });
    return { page, quiet };
  }

  it('are quiet 750 ms after the last one has come', async () => {
    const modulesMap: Record<string, object> = { one: {} };
    const { quiet } = watched(() => ({ modulesMap }));
    await vi.advanceTimersByTimeAsync(700);
    modulesMap.two = {};
    await vi.advanceTimersByTimeAsync(700);
    expect(quiet.since).toBeUndefined();
    await vi.advanceTimersByTimeAsync(150);
    expect(quiet.since).toBeDefined();
  });

  it('are waited for 20 s at most', async () => {
    const modulesMap: Record<string, object> = {};
    const { quiet } = watched(() => {
      modulesMap[`module ${Object.keys(modulesMap).length}`] = {};
      return { modulesMap };
    });
    await vi.advanceTimersByTimeAsync(19_900);
    expect(quiet.since).toBeUndefined();
    await vi.advanceTimersByTimeAsync(200);
    expect(quiet.since).toBeDefined();
  });

  it('begin to be counted when the page begins to have some', async () => {
    const { page, quiet } = watched();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(quiet.since).toBeUndefined();
    Object.assign(page, { require: () => ({ modulesMap: {} }) });
    await vi.advanceTimersByTimeAsync(850);
    expect(quiet.since).toBeDefined();
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('Requiring unknown module "__debug"');
      },
    ],
    ['says nothing', () => ({})],
  ])('are not waited for where the page %s when it is asked to count them', async (_what, require) => {
    const { quiet } = watched(require);
    await vi.advanceTimersByTimeAsync(0);
    expect(quiet.since).toBeDefined();
  });
});

const WID = { _serialized: '15550000001@c.us' };
class Key {
  $1: string;
  constructor(text: string) {
    this.$1 = text;
  }
  get _serialized(): string {
    return this.$1;
  }
  toString(): string {
    return this.$1;
  }
}
const ID = 'false_15550000002@c.us_3EB0A';
const copyOf = (message: { id: Key }) => ({
  id: { remote: '15550000002@c.us', _serialized: String(message.id) },
  type: 'chat',
  t: 1,
});

/** A page that is well, but for what a test spoils of it; and what the test of it answers. */
async function test(
  spoil: (page: ReturnType<typeof well>) => void = () => {},
  more: Partial<PageTestCall> = {},
) {
  const parts = well();
  spoil(parts);
  const { modules, ...globals } = parts;
  const page = world({
    ...globals,
    require: (name: string) => {
      if (!Object.hasOwn(modules, name)) throw new Error(`Requiring unknown module "${name}"`);
      return (modules as Record<string, unknown>)[name];
    },
  });
  const call: PageTestCall = { needs: {}, library: {}, hooked: {}, linked: true, answerMs: 3_000, ...more };
  const answered = inContext<Promise<PageTestAnswer>>(page, `(${testInPage})(${JSON.stringify(call)})`);
  await vi.advanceTimersByTimeAsync(3_000);
  return answered;
}

function well() {
  return {
    Debug: { VERSION: '2.3000.1' },
    wakeeperLayer: ['key:$1'],
    WWebJS: { getMessageModel: copyOf as (message: { id: Key }) => unknown },
    onMessageAckEvent: () => {},
    modules: {
      WAWebUserPrefsMeUser: { getMaybeMePnUser: (): unknown => null, getMaybeMeLidUser: (): unknown => WID },
      WAWebWidFactory: { createWid: (id: string) => ({ _serialized: id }) },
      WAWebMsgKey: { fromString: (text: string): unknown => new Key(text), newId: async () => 'own' },
      WAWebCollections: {
        Msg: {
          getModelsArray: (): unknown[] => [{ id: new Key(ID) }],
          getMessagesById: async (_ids: string[]) => ({}),
        },
      },
      WAWebMediaOpaqueData: { createFromData: async (file: File) => file },
      WAWebPrepRawMedia: {
        prepRawMedia: () => ({ waitForPrep: async (): Promise<unknown> => ({ type: 'image' }) }),
      },
      WAWebAddonReactionTableMode: { reactionTableMode: { bulkUpsert: () => {} } },
    },
  };
}

describe('the test in the page', () => {
  it('finds nothing missing where nothing is, and hands over ids as they leave the page', async () => {
    expect(await test()).toEqual({
      version: '2.3000.1',
      edition: '2026-07',
      layer: ['key:$1'],
      missing: {},
      copies: [{ copy: { remote: '15550000002@c.us', _serialized: ID }, text: ID }],
    });
  });

  it.each<[string, (page: ReturnType<typeof well>) => void, Record<string, string[]>]>([
    [
      'the account has no address',
      ({ modules }) => {
        modules.WAWebUserPrefsMeUser.getMaybeMeLidUser = () => null;
      },
      { core: ['WAWebUserPrefsMeUser (no own account)'] },
    ],
    [
      'a chat id does not survive',
      ({ modules }) => {
        modules.WAWebWidFactory.createWid = () => ({ _serialized: '' });
      },
      { ids: ['WAWebWidFactory.createWid'] },
    ],
    [
      'a new key has no text, and there is no other',
      ({ modules }) => {
        modules.WAWebMsgKey.fromString = () => ({});
        modules.WAWebCollections.Msg.getModelsArray = () => [];
      },
      { ids: ['WAWebMsgKey.toString'] },
    ],
    [
      'the text of a key is not where the library reads it',
      ({ modules }) => {
        const nameless = { a7: ID, toString: () => ID };
        modules.WAWebCollections.Msg.getModelsArray = () => [{ id: nameless }];
      },
      { ids: ['WAWebMsgKey._serialized'] },
    ],
    [
      'no stored message can be copied',
      (page) => {
        page.WWebJS.getMessageModel = () => ({ type: 'chat' });
      },
      { inbound: ['WWebJS.getMessageModel (id, remote, type, t)'] },
    ],
    [
      'the maker of ids cannot be replaced',
      ({ modules }) => void Object.freeze(modules.WAWebMsgKey),
      { sendText: ['WAWebMsgKey.newId (cannot be replaced)'] },
    ],
    [
      'a picture cannot be prepared',
      ({ modules }) => {
        modules.WAWebPrepRawMedia.prepRawMedia = () => ({
          waitForPrep: () => Promise.reject(new Error('no')),
        });
      },
      { media: ['WAWebPrepRawMedia.prepRawMedia (cannot prepare a picture)'] },
    ],
    [
      'a prepared file takes the id of a message',
      ({ modules }) => {
        modules.WAWebPrepRawMedia.prepRawMedia = () => ({
          waitForPrep: async () => ({ toJSON: () => ({ id: undefined }) }),
        });
      },
      { media: ['WAWebPrepRawMedia.prepRawMedia (its files carry an id of their own)'] },
    ],
    [
      'the database rejects',
      ({ modules }) => {
        modules.WAWebCollections.Msg.getMessagesById = () => Promise.reject(new Error('no'));
      },
      { history: ['WAWebCollections.Msg.getMessagesById (rejects)'] },
    ],
  ])('says so where %s', async (_what, spoil, missing) => {
    expect((await test(spoil)).missing).toEqual(missing);
  });

  it('does not hold against the page what is only slow', async () => {
    const { missing, edition } = await test(({ modules }) => {
      modules.WAWebPrepRawMedia.prepRawMedia = () => ({ waitForPrep: () => new Promise(() => {}) });
      modules.WAWebCollections.Msg.getMessagesById = () => new Promise(() => {});
    });
    expect({ missing, edition }).toEqual({ missing: {}, edition: 'unknown' });
  });

  it('takes one message that can be copied for enough, and no message for no proof', async () => {
    const some = await test((page) => {
      page.modules.WAWebCollections.Msg.getModelsArray = () => [
        { id: new Key(ID) },
        { id: new Key(`${ID}B`) },
      ];
      page.WWebJS.getMessageModel = (message) => (String(message.id) === ID ? copyOf(message) : {});
    });
    const none = await test(({ modules }) => {
      modules.WAWebCollections.Msg.getModelsArray = () => [];
    });
    expect([some.missing, none.missing]).toEqual([{}, {}]);
  });

  it('believes the keys that the page has made before one that is made for the test', async () => {
    const { missing } = await test(({ modules }) => {
      modules.WAWebMsgKey.fromString = () => ({});
    });
    expect(missing).toEqual({});
  });

  it('puts the maker of ids back', async () => {
    let page: ReturnType<typeof well> | undefined;
    await test((spoiled) => {
      page = spoiled;
    });
    expect(await page?.modules.WAWebMsgKey.newId()).toBe('own');
  });

  it('names what the library should have set up, and a function that it should have put itself in front of', async () => {
    const more = {
      library: { acks: ['onMessageAckEvent'], votes: ['onPollVoteEvent'] },
      hooked: { reactions: 'WAWebAddonReactionTableMode.reactionTableMode.bulkUpsert' },
    };
    expect((await test(undefined, more)).missing).toEqual({
      votes: ['whatsapp-web.js: onPollVoteEvent'],
      reactions: ['WAWebAddonReactionTableMode.reactionTableMode.bulkUpsert (not listened to)'],
    });
    const hooked = await test(({ modules }) => {
      const { reactionTableMode } = modules.WAWebAddonReactionTableMode;
      reactionTableMode.bulkUpsert = (() => {}).bind(reactionTableMode);
    }, more);
    expect(hooked.missing.reactions).toBeUndefined();
  });

  it('makes no key and asks nothing of a page that is not linked', async () => {
    const asked: string[] = [];
    const answer = await test(
      ({ modules }) => {
        for (const module of Object.values(modules))
          for (const name of Object.keys(module))
            if (typeof Reflect.get(module, name) === 'function')
              Reflect.set(module, name, () => asked.push(name));
      },
      {
        linked: false,
        needs: { ids: ['WAWebMsgKey.newId', 'WAWebMsgKey.gone', 'WAWebGone.gone', 'WAWebGone.too'] },
      },
    );
    expect(asked).toEqual([]);
    expect(answer.missing).toEqual({ ids: ['WAWebMsgKey.gone', 'WAWebGone'] });
  });
});
