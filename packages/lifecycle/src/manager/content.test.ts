import { describe, expect, it } from 'vitest';
import type { MessagePayload } from '../domain/message.js';
import { checkedContent } from './content.js';

const checked = (payload: Omit<MessagePayload, 'to'>) =>
  checkedContent({ type: 'message', payload: { to: '4915123456789', ...payload } }).payload;
const refusal = (path: string) => expect.objectContaining({ code: 'INVALID_INPUT', details: { path } });

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
