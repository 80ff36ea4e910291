import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { installIds, type PageIds } from './page-ids.js';

const ME = { number: '49150@c.us', lid: '700@lid' };
const OTHERS: Record<string, string> = { '49151@c.us': '701@lid', '701@lid': '49151@c.us' };

interface Message {
  readonly id: { readonly id: string; readonly fromMe: boolean; toString(): string };
}
const message = (text: string): Message => ({
  id: { id: text.split('_')[2] ?? '', fromMe: text.startsWith('true'), toString: () => text },
});

function makePage({ remembered = [] as string[], stored = [] as string[], modules = {} } = {}) {
  const asked: unknown[] = [];
  const all: Record<string, unknown> = {
    WAWebUserPrefsMeUser: {
      getMaybeMePnUser: () => ({ _serialized: '49150:12@c.us' }),
      getMaybeMeLidUser: () => ({ _serialized: ME.lid }),
    },
    WAWebWidFactory: { createWid: (id: string) => ({ _serialized: id }) },
    WAWebApiContact: {
      getCurrentLid: ({ _serialized: id }: { _serialized: string }) => wid(OTHERS[id]),
      getPhoneNumber: ({ _serialized: id }: { _serialized: string }) => wid(OTHERS[id]),
    },
    WAWebCollections: {
      Msg: {
        get: (id: string) => remembered.map(message).find((each) => String(each.id) === id),
        getModelsArray: () => remembered.map(message),
        getMessagesById: async ([id]: unknown[]) => {
          asked.push(id);
          return { messages: [stored.map(message).find((each) => String(each.id) === id)] };
        },
      },
    },
    ...modules,
  };
  const page = createContext({ require: (name: string) => all[name] });
  runInContext(`(${installIds})()`, page);
  return { ids: (page as unknown as { wakeeperIds: PageIds }).wakeeperIds, asked };
}
const wid = (text: string | undefined) => text && { _serialized: text };

describe('ids in the page', () => {
  it('are read by what a key says of itself', () => {
    const { ids } = makePage();
    expect(ids.textOf({ toString: () => 'true_1@c.us_A' })).toBe('true_1@c.us_A');
    expect(ids.textOf('true_1@c.us_A')).toBe('true_1@c.us_A');
  });

  it('are empty where there is none', () => {
    const { ids } = makePage();
    const broken = {
      toString: () => {
        throw new Error('No text');
      },
    };
    for (const none of [undefined, null, {}, { toString: () => undefined }, broken, '1@c.us', 7])
      expect(ids.textOf(none)).toBe('');
  });

  it.each([
    ['a number', '49151@c.us', ['true_49151@c.us_K', 'true_701@lid_K']],
    ['a lid', '701@lid', ['true_701@lid_K', 'true_49151@c.us_K']],
    ['a number without a lid', '49152@c.us', ['true_49152@c.us_K']],
    [
      'the account itself',
      ME.number,
      ['true_49150@c.us_K', 'true_49150@c.us_K_out', 'true_700@lid_K', 'true_700@lid_K_out'],
    ],
    [
      'the account itself by its lid',
      ME.lid,
      ['true_700@lid_K', 'true_700@lid_K_out', 'true_49150@c.us_K', 'true_49150@c.us_K_out'],
    ],
    ['a group', '1@g.us', ['true_1@g.us_K', 'true_1@g.us_K_49150@c.us', 'true_1@g.us_K_700@lid']],
  ])('have every spelling of a message to %s', (_who, to, spellings) => {
    expect([...makePage().ids.spellingsOf(to, 'K')]).toEqual(spellings);
  });

  it('have one spelling less where the page does not say', () => {
    const throws = () => {
      throw new Error('getAlternateUserWid - Invalid get call using deviceWid');
    };
    const { ids } = makePage({
      modules: {
        WAWebApiContact: { getCurrentLid: throws, getPhoneNumber: throws },
        WAWebUserPrefsMeUser: undefined,
      },
    });
    expect([...ids.spellingsOf('49151@c.us', 'K')]).toEqual(['true_49151@c.us_K']);
  });

  it('find a message that the page remembers under another address', () => {
    const { ids } = makePage({ remembered: ['false_701@lid_K', 'true_703@lid_K'] });
    const found = ids.remembered(ids.spellingsOf('49151@c.us', 'K'), 'K');
    expect(String(found?.id)).toBe('true_703@lid_K');
  });

  it('find a message that the database has under the other address', async () => {
    const { ids, asked } = makePage({ stored: ['true_701@lid_K'] });
    const found = await ids.stored(ids.spellingsOf('49151@c.us', 'K'));
    expect(String(found?.id)).toBe('true_701@lid_K');
    // A page asked for what is no text throws.
    expect(asked.every((id) => typeof id === 'string')).toBe(true);
  });

  it('find nothing where nothing is', async () => {
    const { ids } = makePage({ remembered: ['true_701@lid_OTHER'] });
    expect(ids.remembered(ids.spellingsOf('49151@c.us', 'K'), 'K')).toBeUndefined();
    expect(await ids.stored(ids.spellingsOf('49151@c.us', 'K'))).toBeUndefined();
  });
});
