import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLifecycleError, LifecycleError, messageOf } from './errors.js';
import { instanceOfProfileFolder, isInstanceId, parseInstanceId, profileFolder } from './instance-id.js';
import { readPhoneNumber } from './phone-number.js';
import { parseRecipient } from './recipient.js';

describe('an instance id', () => {
  it.each(['shop', 'Shop-1', 'a', '_', 'x'.repeat(64)])('may be %s', (id) => {
    expect(parseInstanceId(id)).toBe(id);
  });
  it.each(['', '../etc', 'a b', 'ä', 'x'.repeat(65), 'a/b', '.', 7, null])('is never %s', (id) => {
    expect(isInstanceId(id)).toBe(false);
    expect(() => parseInstanceId(id)).toThrow(LifecycleError);
  });
  it('has a folder of its own, also where the file system ignores case', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/).filter(isInstanceId);
    fc.assert(
      fc.property(id, id, (one, other) => {
        fc.pre(one !== other);
        expect(profileFolder(one).toLowerCase()).not.toBe(profileFolder(other).toLowerCase());
      }),
      { seed: 1 },
    );
  });
  it('can be read back from its folder, and from nothing else', () => {
    expect(instanceOfProfileFolder(profileFolder(parseInstanceId('My_Shop')))).toBe('My_Shop');
    expect(instanceOfProfileFolder('My_Shop')).toBeUndefined();
    expect(instanceOfProfileFolder('.lock')).toBeUndefined();
  });
});

describe('a recipient', () => {
  it.each([
    ['+49 (151) 1234-5678', '4915112345678@c.us'],
    [4915112345678, '4915112345678@c.us'],
    ['49.151.1234.5678', '4915112345678@c.us'],
    ['4915112345678@s.whatsapp.net', '4915112345678@c.us'],
    ['120363041234567890@g.us', '120363041234567890@g.us'],
    ['123456789012345@lid', '123456789012345@lid'],
    ['120363041234567890@newsletter', '120363041234567890@newsletter'],
  ])('%s is %s', (written, chatId) => {
    expect(parseRecipient(written)).toBe(chatId);
  });
  it.each([
    '0151 1234567',
    '123456',
    '1234567890123456',
    'someone',
    '',
    '@c.us',
    'a b@c.us',
    null,
    {},
    1.5,
    -4915112345678,
    'x@example.com',
    'groupinvite@g.us',
    'abc@c.us',
    '0151123456@c.us',
    '123456@c.us',
    '1234567890123456@c.us',
    '4915112345678:12@s.whatsapp.net',
    '4915112345678:12@c.us',
    '123456789012345:1@lid',
    '4915112345678.0@c.us',
    'a@lid',
    '-1@g.us',
    '1-@g.us',
    '1-2-3@g.us',
    'news@newsletter',
    'status@broadcast',
    '+49 (0) 151 1234567',
  ])('is refused: %s', (written) => {
    expect(() => parseRecipient(written)).toThrow(expect.objectContaining({ code: 'RECIPIENT_INVALID' }));
  });
  it.each([
    ['49-1511234567@g.us', '49-1511234567@g.us'],
    ['1@lid', '1@lid'],
    [' 4915112345678@c.us ', '4915112345678@c.us'],
  ])('%s is an id', (written, chatId) => {
    expect(parseRecipient(written)).toBe(chatId);
  });
  it('that names one device is refused with what to write in its place', () => {
    expect(() => parseRecipient('4915112345678:12@s.whatsapp.net')).toThrow(/4915112345678@c\.us/);
  });
});

describe('a phone number', () => {
  it.each([
    ['+49 (151) 1234-5678', '4915112345678'],
    ['+39 06 1234 5678', '390612345678'],
    ['49.151.1234.5678', '4915112345678'],
  ])('%s has the digits %s', (written, digits) => {
    expect(readPhoneNumber(written)).toEqual({ digits });
  });
  it.each([
    ['+49 (0) 151 12345678', '(0)'],
    ['+49(0)15112345678', '(0)'],
    ['+49 ( 0 )151 12345678', '( 0 )'],
    ['+49 (0151) 12345678', '(0151)'],
    ['(0)49 151 12345678', '(0)'],
  ])('%s is refused, and the refusal names %s', (written, named) => {
    expect(readPhoneNumber(written)).toEqual({ wrong: expect.stringContaining(`"${named}"`) });
  });
  it.each([
    '0151 1234567',
    '123456',
    '1234567890123456',
    '',
    'abc',
    '+49 151 x',
    -4915112345678,
    4915112345678.5,
    Number.NaN,
  ])('is not: %s', (written) => {
    expect(readPhoneNumber(written)).toEqual({ wrong: expect.stringContaining('country code') });
  });
});

describe('a lifecycle error', () => {
  it('is known across copies of the package by its mark', () => {
    const error = new LifecycleError('TIMEOUT', { message: 'late', cause: new Error('why') });
    const fromAnotherCopy = Object.assign(new Error('late'), {
      code: 'TIMEOUT',
      [Symbol.for('wakeeper.LifecycleError')]: true,
    });
    expect(isLifecycleError(error, 'TIMEOUT')).toBe(true);
    expect(isLifecycleError(fromAnotherCopy, 'TIMEOUT')).toBe(true);
    expect(isLifecycleError(error, 'NO_QR')).toBe(false);
    expect(isLifecycleError(new Error('late'))).toBe(false);
    expect((error.cause as Error).message).toBe('why');
  });
});

describe('the sentence out of anything thrown', () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  it.each([
    [new Error('why'), 'why'],
    ['auth timeout', 'auth timeout'],
    [{ code: 7 }, '{"code":7}'],
    [undefined, 'unknown'],
    [() => {}, 'unknown'],
    [circular, '[object Object]'],
    [7n, '[object BigInt]'],
  ])('of %s is text, whatever it is: a report must not fail in its turn', (thrown, words) => {
    expect(messageOf(thrown)).toBe(words);
  });
});
