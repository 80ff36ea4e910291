import { describe, expect, it } from 'vitest';
import { heardVote } from './incoming-fact.js';

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
