/** What is read of the time lock from pages that say much, little, or nothing of it. */
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type PageTimelock, readTimelock, watchTimelock } from './page-timelock.js';
import type { PageFact } from './page-world.js';

const UNTIL = Date.parse('2100-01-02T03:04:05.000Z');
const LOCKED = { kind: 'RESTRICT_ALL_COMPANIONS', until: UNTIL };
interface FakeChat {
  readonly t?: number;
  readonly contact?: string;
  readonly messages?: readonly { readonly fromMe: boolean; readonly ack?: number }[];
}
interface FakePage {
  readonly isLocked?: unknown;
  readonly stored?: object | null;
  readonly chats?: Readonly<Record<string, FakeChat>>;
  readonly mayWriteTo?: (chat: FakeChat) => unknown;
  readonly lacks?: readonly string[];
}

/** A document with only as much in it as is asked. */
function load({ isLocked = true, stored, chats = {}, mayWriteTo = () => false, lacks = [] }: FakePage = {}) {
  const listeners = new Map<string, () => void>();
  const said: PageFact[] = [];
  const inMemory = Object.fromEntries(
    Object.entries(chats).map(([id, { messages = [], ...chat }]) => [
      id,
      {
        ...chat,
        msgs: { getModelsArray: () => messages.map(({ fromMe, ack }) => ({ id: { fromMe }, ack })) },
      },
    ]),
  );
  const modules: Record<string, unknown> = {
    WAWebReachoutTimelockUtils: {
      REACHOUT_TIMELOCK_IDB_KEY: 'lock',
      isUserReachoutTimelocked: () => isLocked,
      canSendMsgWhileTimelocked: ({ chat }: { chat: FakeChat }) => mayWriteTo(chat),
    },
    WAWebUserPrefsIndexedDBStorage: {
      userPrefsIdb: { get: (key: string) => (key === 'lock' ? stored : undefined) },
    },
    WAWebWidFactory: { createWid: (id: string) => ({ id, isLid: () => id.endsWith('@lid') }) },
    WAWebApiContact: {
      getCurrentLid: ({ id }: { id: string }) => ({ id: `9${id.replace('@c.us', '@lid')}` }),
      getPhoneNumber: ({ id }: { id: string }) => ({ id: id.slice(1).replace('@lid', '@c.us') }),
    },
    WAWebCollections: { Chat: { get: ({ id }: { id: string }) => inMemory[id] } },
    WAWebCmd: { Cmd: { on: (name: string, listener: () => void) => listeners.set(name, listener) } },
  };
  const context = createContext({
    require: (name: string) => {
      if (!(name in modules) || lacks.includes(name)) throw new Error(`Requiring unknown module "${name}"`);
      return modules[name];
    },
    wakeeperHears: async (fact: PageFact) => void said.push(fact),
  });
  runInContext(`(${readTimelock})()`, context);
  const page = context as unknown as { readonly wakeeperTimelock: PageTimelock };
  return {
    state: () => structuredClone(page.wakeeperTimelock.state()),
    forbids: (chatId: string) => structuredClone(page.wakeeperTimelock.forbids(chatId)),
    watch: () => structuredClone(runInContext(`(${watchTimelock})()`, context)),
    raise: (event: string) => listeners.get(event)?.(),
    said,
  };
}
const stored = { enforcement_type: LOCKED.kind, time_enforcement_ends: UNTIL };

describe('the state of the time lock', () => {
  it.each<readonly [string, FakePage, object | null | undefined]>([
    ['is what the page has stored of it', { stored }, LOCKED],
    ['may end in seconds', { stored: { ...stored, time_enforcement_ends: UNTIL / 1000 } }, LOCKED],
    ['may end in digits', { stored: { ...stored, time_enforcement_ends: `${UNTIL / 1000}` } }, LOCKED],
    ['may have neither kind nor end', { stored: null }, { kind: 'unknown', until: null }],
    [
      'is there without its storage',
      { lacks: ['WAWebUserPrefsIndexedDBStorage'] },
      { kind: 'unknown', until: null },
    ],
    ['is none where the page says so, whatever is stored', { stored, isLocked: false }, null],
    ['is not known without its module', { stored, lacks: ['WAWebReachoutTimelockUtils'] }, undefined],
    ['is not known where its module says something else', { stored, isLocked: 'perhaps' }, undefined],
  ])('%s', (_, page, expected) => {
    expect(load(page).state()).toEqual(expected);
  });
});

describe('a message', () => {
  const to = '4915100000001@c.us';
  const lid = '94915100000001@lid';

  it.each<readonly [string, FakePage, string]>([
    ['to somebody without a chat', {}, to],
    ['to somebody by a lid', {}, lid],
    ['to a chat with nothing in it', { chats: { [to]: { t: 0 } } }, to],
    [
      'to a chat with nothing but what was refused',
      { chats: { [to]: { t: 5, messages: [{ fromMe: true, ack: -1 }] } } },
      to,
    ],
  ])('%s is forbidden', (_, page, chatId) => {
    expect(load({ stored, ...page }).forbids(chatId)).toEqual(LOCKED);
  });

  it.each<readonly [string, FakePage, string]>([
    ['where there is no lock', { isLocked: false }, to],
    ['after its end', { stored: { ...stored, time_enforcement_ends: 1_700_000_000_000 } }, to],
    ['on a page that knows of no locks', { lacks: ['WAWebReachoutTimelockUtils'] }, to],
    ['to a group', {}, '120363000000000001@g.us'],
    ['to a channel', {}, '120363000000000001@newsletter'],
    ['to whoever has written', { chats: { [to]: { messages: [{ fromMe: false }] } } }, to],
    ['to whom one was delivered', { chats: { [to]: { messages: [{ fromMe: true, ack: 1 }] } } }, to],
    ['to a chat whose messages are not in memory', { chats: { [to]: { t: 1_700_000_000 } } }, to],
    ['to a chat under the lid', { chats: { [lid]: { messages: [{ fromMe: false }] } } }, to],
    ['to a chat under the number', { chats: { [to]: { messages: [{ fromMe: false }] } } }, lid],
    ['to an empty chat where the page allows it', { chats: { [to]: {} }, mayWriteTo: () => true }, to],
  ])('%s is not', (_, page, chatId) => {
    expect(load({ stored, ...page }).forbids(chatId)).toBe(null);
  });
});

describe('a change of it', () => {
  it.each(['reachout_timelock_state_change', 'reachoutTimelockStateChange'])('is told at %s', (event) => {
    const page = load({ stored });
    expect(page.watch()).toEqual(LOCKED);
    page.raise(event);
    expect(page.said).toEqual([{ type: 'timelock', restriction: LOCKED }]);
  });

  it('is not told of a page that does not know', () => {
    const page = load({ lacks: ['WAWebReachoutTimelockUtils'] });
    expect(page.watch()).toBe(undefined);
    page.raise('reachout_timelock_state_change');
    expect(page.said).toEqual([]);
  });
});
