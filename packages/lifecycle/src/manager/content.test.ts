import { describe, expect, it } from 'vitest';
import type { ItemContent, MessagePayload } from '../domain/message.js';
import { checkedContent, checkedIdempotencyKey } from './content.js';

const checked = (payload: Omit<MessagePayload, 'to'>) =>
  checkedContent({ type: 'message', payload: { to: '4915123456789', ...payload } }).payload;
const refusal = (path: string) =>
  expect.objectContaining({ code: 'INVALID_INPUT', details: expect.objectContaining({ path }) });

describe('mentions', () => {
  it('are chat ids of people, however they are written', () => {
    expect(checked({ text: '@49 @2', mentions: ['+49 151 2345-6789', '2@lid'] })).toMatchObject({
      mentions: ['4915123456789@c.us', '2@lid'],
    });
  });

  it('may stand in a caption', () => {
    const media = { mimetype: 'image/png', data: 'QUJD', caption: '@2' };
    expect(checked({ media, mentions: ['2@lid'] })).toMatchObject({ mentions: ['2@lid'] });
  });

  it.each(['12', '12@g.us', '12@newsletter', 7, null, {}])('are never %s', (wrong) => {
    const mentions = ['2@lid', wrong as string];
    expect(() => checked({ text: 'a', mentions })).toThrow(refusal('mentions[1]'));
  });

  it('are refused where there is nothing to stand in, and where they are too many', () => {
    const mentions = ['2@lid'];
    expect(() => checked({ location: { latitude: 1, longitude: 2 }, mentions })).toThrow(refusal('mentions'));
    expect(() => checked({ media: { mimetype: 'image/png', data: 'QUJD' }, mentions })).toThrow(
      refusal('mentions'),
    );
    expect(() => checked({ text: 'a', mentions: Array(1025).fill('2@lid') })).toThrow(refusal('mentions'));
  });
});

describe('a link preview', () => {
  it('is asked for or declined with a text, and with nothing else', () => {
    expect(checked({ text: 'https://example.org', linkPreview: false })).toMatchObject({
      linkPreview: false,
    });
    expect(() => checked({ location: { latitude: 1, longitude: 2 }, linkPreview: true })).toThrow(
      refusal('linkPreview'),
    );
  });
});

describe('content', () => {
  const to = '4915123456789';
  const image = { mimetype: 'image/png', data: 'QUJD' };
  const question = { question: 'Lunch?', options: ['Pizza', 'Soup'] };

  it.each<[string, string, ItemContent]>([
    ['bad base64', 'media.data', { type: 'message', payload: { to, media: { ...image, data: '###' } } }],
    ['no bytes', 'media.data', { type: 'message', payload: { to, media: { ...image, data: '' } } }],
    [
      'a latitude of 999',
      'location.latitude',
      { type: 'message', payload: { to, location: { latitude: 999, longitude: 1 } } },
    ],
    [
      'a contact without a number',
      'contact.phoneNumber',
      { type: 'message', payload: { to, contact: { name: 'Ann', phoneNumber: 'none' } } },
    ],
    [
      'what cannot be quoted',
      'quotedMessageId',
      { type: 'message', payload: { to, text: 'a', quotedMessageId: 'that one' } },
    ],
    ['a blank option', 'options[1]', { type: 'poll', payload: { to, ...question, options: ['a', ' '] } }],
    ['equal options', 'options', { type: 'poll', payload: { to, ...question, options: ['a', 'a '] } }],
    [
      'a long question',
      'question',
      { type: 'poll', payload: { to, ...question, question: 'x'.repeat(256) } },
    ],
  ])('is refused with %s, and the refusal says where', (_, path, content) => {
    expect(() => checkedContent(content)).toThrow(refusal(path));
  });

  it('is refused with everything that is wrong with it', () => {
    const wrong = { to: 'nobody', text: '', linkPreview: 'no' } as unknown as MessagePayload;
    expect(() => checkedContent({ type: 'message', payload: wrong })).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(
          /^to: .*; text: must not be empty; linkPreview: must be true or false\.$/,
        ),
        details: {
          path: 'to',
          problems: [
            { path: 'to', message: expect.stringContaining('phone number') },
            { path: 'text', message: 'must not be empty' },
            { path: 'linkPreview', message: 'must be true or false' },
          ],
        },
      }),
    );
  });

  it('whose recipient alone is wrong is refused by a code of its own', () => {
    expect(() => checkedContent({ type: 'poll', payload: { ...question, to: 'groupinvite@g.us' } })).toThrow(
      expect.objectContaining({ code: 'RECIPIENT_INVALID' }),
    );
  });

  it('has the number of a contact as digits', () => {
    expect(checked({ contact: { name: 'Ann', phoneNumber: '+49 151 2345-6789' } })).toMatchObject({
      contact: { name: 'Ann', phoneNumber: '4915123456789' },
    });
  });
});

describe('an idempotency key', () => {
  it.each(['', 'x'.repeat(256), 7])('is never %s', (key) => {
    expect(() => checkedIdempotencyKey(key as string)).toThrow(refusal('idempotencyKey'));
  });
  it('is any short text, or not given', () => {
    expect([checkedIdempotencyKey('order 7'), checkedIdempotencyKey(undefined)]).toEqual([
      'order 7',
      undefined,
    ]);
  });
});
