import { describe, expect, test } from 'vitest';
import { messageBody, pollBody } from './message-body.js';

const to = '+49 151 2345-6789';
const pixel = 'iVBORw0KGgo=';
const accepts = (body: object) => messageBody.safeParse(body).success;
const acceptsPoll = (body: object) => pollBody.safeParse(body).success;

describe('a message', () => {
  test('has its recipient as a chat id', () => {
    expect(messageBody.parse({ to, text: 'Hello' })).toEqual({ to: '4915123456789@c.us', text: 'Hello' });
    expect(messageBody.parse({ to: 4915123456789, text: 'Hello' }).to).toBe('4915123456789@c.us');
    expect(messageBody.parse({ to: '123-456@g.us', text: 'Hello' }).to).toBe('123-456@g.us');
  });

  test.each([
    ['text', { text: 'Hello' }],
    ['the longest text', { text: 'x'.repeat(65_536) }],
    ['an image', { media: { mimetype: 'image/png', data: pixel, caption: 'Look', filename: 'a.png' } }],
    ['a voice note', { media: { mimetype: 'audio/ogg; codecs=opus', data: pixel, asVoice: true } }],
    ['a document', { media: { mimetype: 'application/vnd.ms-excel', data: pixel, asDocument: true } }],
    ['a place', { location: { latitude: 52.5, longitude: -13.4, name: 'Here' } }],
    ['a contact', { contact: { name: 'Ann', phoneNumber: '+1 (202) 555-0100' } }],
    ['an answer', { text: 'Yes', quotedMessageId: 'false_4915123456789@c.us_3EB0ABCDEF' }],
    [
      'everything beside the content',
      { text: 'a', metadata: { order: 7 }, ttlMs: 60_000, idempotencyKey: 'k' },
    ],
  ])('may be %s', (_, content) => {
    expect(accepts({ to, ...content })).toBe(true);
  });

  test.each([
    ['no content', {}],
    ['two contents', { text: 'a', location: { latitude: 1, longitude: 1 } }],
    ['an empty text', { text: '' }],
    ['a text too long', { text: 'x'.repeat(65_537) }],
    ['half a surrogate pair', { text: 'a\ud800b' }],
    ['a text that is no string', { text: 7 }],
    ['null as its text', { text: null }],
    ['a MIME type without a slash', { media: { mimetype: 'png', data: pixel } }],
    ['a MIME type with a line break', { media: { mimetype: 'image/png\r\nX: y', data: pixel } }],
    ['a latitude beyond the pole', { location: { latitude: 90.1, longitude: 0 } }],
    ['a longitude beyond the date line', { location: { latitude: 0, longitude: -180.5 } }],
    ['a contact without a number', { contact: { name: 'Ann' } }],
    ['a contact with a short number', { contact: { name: 'Ann', phoneNumber: '123' } }],
    ['a contact whose number has a (0)', { contact: { name: 'Ann', phoneNumber: '+49 (0) 151 2345678' } }],
    ['a quotation of what is no message', { text: 'a', quotedMessageId: 'that one' }],
    ['a group among its mentions', { text: 'a', mentions: ['120363041234567890@g.us'] }],
    ['metadata that are a list', { text: 'a', metadata: [1] }],
    ['metadata above 4 KiB', { text: 'a', metadata: { a: 'x'.repeat(4096) } }],
    ['a time to live of nothing', { text: 'a', ttlMs: 0 }],
    ['a time to live beyond a month', { text: 'a', ttlMs: 31 * 86_400_000 }],
    ['a field that nobody knows', { text: 'a', txet: 'b' }],
    ['a typo in a place', { location: { latitude: 0, longitude: 0, lat: 1 } }],
    ['a typo in media', { media: { mimetype: 'image/png', data: pixel, captoin: 'Look' } }],
    ['a typo in a contact', { contact: { name: 'Ann', phoneNumber: '4915123456789', phone: '1' } }],
  ])('with %s is refused', (_, content) => {
    expect(accepts({ to, ...content })).toBe(false);
  });

  test('with metadata nested beyond writing is refused, not a crash', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;
    expect(accepts({ to, text: 'a', metadata: { deep } })).toBe(false);
  });
});

describe('a recipient', () => {
  test.each([
    '',
    '123',
    '0151234567',
    'ann',
    'x@y.z',
    '49151@c.us@c.us',
    '+49 151 abc',
    ' ',
    '1'.repeat(16),
    'groupinvite@g.us',
    '+49 (0) 151 2345678',
  ])('"%s" is refused', (bad) => {
    const { error } = messageBody.safeParse({ to: bad, text: 'a' });
    expect(error?.issues).toEqual([expect.objectContaining({ path: ['to'] })]);
  });
  test.each([undefined, null, true, {}, [], 1.5, Number.NaN, -4915123456789, 1e300])(
    '%s is refused',
    (bad) => {
      expect(accepts({ to: bad, text: 'a' })).toBe(false);
    },
  );
});

test('what is wrong in several places is told of each, once', () => {
  const { error } = messageBody.safeParse({
    to: 'nobody',
    mentions: ['nobody', '120363041234567890@g.us'],
    media: { url: 'https://example.org', caption: '', filename: '' },
  });
  expect(error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
    ['to', expect.stringContaining('phone number')],
    ['mentions.0', expect.stringContaining('phone number')],
    ['media.filename', 'must not be empty'],
    ['media.caption', 'must not be empty'],
    ['mentions', 'goes with a text or with a caption'],
  ]);
  const twice = messageBody.safeParse({ to, text: '@1', mentions: ['nobody'], quotedMessageId: '' });
  expect(twice.error?.issues.map(({ path }) => path.join('.'))).toEqual(['mentions.0', 'quotedMessageId']);
});

describe('a poll', () => {
  const poll = { to, question: 'Lunch?', options: ['Pizza', 'Soup'] };

  test.each([
    ['two options', {}],
    ['twelve options', { options: Array.from({ length: 12 }, (_, n) => `Option ${n}`) }],
    ['several answers', { allowMultipleAnswers: true }],
    ['the longest question', { question: 'x'.repeat(255) }],
  ])('may have %s', (_, change) => {
    expect(acceptsPoll({ ...poll, ...change })).toBe(true);
  });

  test.each([
    ['no question', { question: '' }],
    ['a blank question', { question: ' ' }],
    ['a blank option', { options: ['Pizza', ' '] }],
    ['a question too long', { question: 'x'.repeat(256) }],
    ['one option', { options: ['Pizza'] }],
    ['thirteen options', { options: Array.from({ length: 13 }, (_, n) => `Option ${n}`) }],
    ['an option twice', { options: ['Pizza', 'Pizza '] }],
    ['an empty option', { options: ['Pizza', ''] }],
    ['an option too long', { options: ['Pizza', 'x'.repeat(101)] }],
    ['options that are no list', { options: 'Pizza' }],
    ['a text beside', { text: 'a' }],
  ])('with %s is refused', (_, change) => {
    expect(acceptsPoll({ ...poll, ...change })).toBe(false);
  });
});
