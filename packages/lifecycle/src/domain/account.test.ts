import { describe, expect, it } from 'vitest';
import { accountKey, isKeyOf, joinedIdentity, kinshipOf, numberIdentity } from './account.js';

const number = { id: '4915100000001@c.us', phoneNumber: '4915100000001', pushName: 'Ada' };
const lid = { id: '900@lid', phoneNumber: null, pushName: null };
const both = { ...number, lid: '900@lid' };

describe('two identities', () => {
  it.each([
    ['the same number', number, { ...number, pushName: 'Ada L.' }, 'same'],
    ['the same number, of another device', number, { ...number, id: '4915100000001:7@c.us' }, 'same'],
    ['another number', number, numberIdentity('4915100000002'), 'other'],
    ['another number under one lid', both, { ...numberIdentity('4915100000002'), lid: '900@lid' }, 'other'],
    ['the same lid', lid, lid, 'same'],
    ['the lid that the number is known with', both, lid, 'same'],
    ['another lid than the number is known with', both, { ...lid, id: '901@lid' }, 'other'],
    ['a lid alone, and a number alone', number, lid, 'unknown'],
  ] as const)('are compared: %s', (_what, known, seen, kinship) => {
    expect(kinshipOf(known, seen)).toBe(kinship);
    expect(kinshipOf(seen, known)).toBe(kinship);
  });

  it('are one that knows what either knows', () => {
    expect(joinedIdentity(both, lid)).toEqual(both);
    expect(joinedIdentity(number, { ...lid, phoneNumber: '4915100000001' })).toEqual(both);
    expect(joinedIdentity(lid, both)).toEqual(both);
  });
});

describe('the key of an account', () => {
  it('is its number, or its lid as long as that alone is known; both are its', () => {
    expect([accountKey(number), accountKey(both), accountKey(lid)]).toEqual([
      number.id,
      number.id,
      '900@lid',
    ]);
    expect(isKeyOf('900@lid', both)).toBe(true);
    expect(isKeyOf(number.id, both)).toBe(true);
    expect(isKeyOf('901@lid', both)).toBe(false);
    expect(isKeyOf('900@lid', number)).toBe(false);
  });
});
