import { describe, expect, it } from 'vitest';
import { heardVote, idOf } from './incoming-fact.js';

describe('the id of what the page hands over', () => {
  const key = { fromMe: false, remote: '1@c.us', id: '3EB0', $1: 'false_1@c.us_3EB0' };
  it.each([
    ['a text', '1@c.us', '1@c.us'],
    ['an address of the page', { _serialized: '1@c.us' }, '1@c.us'],
    ['a key with its text', { ...key, _serialized: 'false_1@c.us_X' }, 'false_1@c.us_X'],
    ['a key that has lost its text', key, 'false_1@c.us_3EB0'],
    ['a key whose chat is an address', { ...key, remote: { _serialized: '1@lid' } }, 'false_1@lid_3EB0'],
    [
      'a key of a group',
      { ...key, remote: '1@g.us', participant: { _serialized: '2@lid' } },
      'false_1@g.us_3EB0_2@lid',
    ],
    ['a key in the chat with oneself', { ...key, fromMe: true, self: 'out' }, 'true_1@c.us_3EB0_out'],
    ['a key without a chat', { ...key, remote: undefined }, ''],
    ['a key without its random part', { ...key, id: '' }, ''],
    ['a key that does not say who wrote', { ...key, fromMe: undefined }, ''],
    ['an address without text', { _serialized: undefined, user: '1' }, ''],
    ['nothing', undefined, ''],
  ])('of %s', (_what, value, id) => {
    expect(idOf(value)).toBe(id);
  });
});

describe('a vote', () => {
  const vote = { voter: { _serialized: '1@lid' }, parentMsgKey: { _serialized: 'true_2@lid_3EB0' } };
  const optionsOf = (...selectedOptions: readonly { name?: string | undefined; localId: number }[]) => {
    const { selectedOptions: names, optionIds } = heardVote({ ...vote, selectedOptions });
    return [names, optionIds];
  };

  it('names what is chosen, and nothing when it was taken back', () => {
    expect(optionsOf({ name: 'Tea', localId: 0 }, { name: 'Cake', localId: 2 })).toEqual([
      ['Tea', 'Cake'],
      [0, 2],
    ]);
    expect(optionsOf()).toEqual([[], []]);
  });

  it('whose options the page cannot name is none that was taken back, nor one for the others alone', () => {
    expect(optionsOf({ name: undefined, localId: 1 })).toEqual([null, [1]]);
    expect(optionsOf({ name: 'Tea', localId: 0 }, { name: undefined, localId: 1 })).toEqual([null, [0, 1]]);
  });
});
