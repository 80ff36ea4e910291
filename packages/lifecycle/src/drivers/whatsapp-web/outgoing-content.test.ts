import { describe, expect, it } from 'vitest';
import type { MessagePayload } from '../../domain/message.js';
import { outgoingContent, refusalOf, vcardOf } from './outgoing-content.js';

const message = (payload: Omit<MessagePayload, 'to'>, to = '1@c.us') =>
  ({ type: 'message', payload: { to, ...payload } }) as const;

describe('outgoing content', () => {
  it('wants the link of a text previewed unless told otherwise, and never leaves that to the library', () => {
    const text = 'https://example.org';
    expect(outgoingContent(message({ text })).wantsPreview).toBe(true);
    expect(outgoingContent(message({ text, linkPreview: false })).wantsPreview).toBe(false);
    expect(outgoingContent(message({ location: { latitude: 1, longitude: 2 } })).wantsPreview).toBe(false);
    expect(outgoingContent(message({ text })).options).not.toHaveProperty('linkPreview');
  });

  it('takes a quotation that cannot be made for an error', () => {
    const { options } = outgoingContent(message({ text: 'Yes', quotedMessageId: 'true_1@c.us_A' }));
    expect(options).toMatchObject({ quotedMessageId: 'true_1@c.us_A', ignoreQuoteErrors: false });
  });

  it('reads vCards in contacts only', () => {
    expect(outgoingContent(message({ text: 'BEGIN:VCARD' })).options).not.toHaveProperty('parseVCards');
    expect(outgoingContent(message({ contact: { name: 'Ada', phoneNumber: '49' } })).options).toHaveProperty(
      'parseVCards',
      true,
    );
  });

  it('escapes what would break a vCard', () => {
    expect(vcardOf({ name: 'A;b,c\\d\ne', phoneNumber: '4915' })).toContain('FN:A\\;b\\,c\\\\d\\ne\n');
  });

  it('numbers the options of a poll, with one answer unless more are allowed', () => {
    const payload = { to: '1@c.us', question: ' Tea? ', options: ['yes ', 'no'] };
    expect(outgoingContent({ type: 'poll', payload }).options.poll).toEqual({
      pollName: 'Tea?',
      pollOptions: [
        { name: 'yes', localId: 0 },
        { name: 'no', localId: 1 },
      ],
      options: { allowMultipleAnswers: false },
    });
  });

  it('gives a file that has no name one of its type', () => {
    const named = (filename?: string) => {
      const media = {
        mimetype: 'application/pdf',
        data: 'QUJD',
        ...(filename !== undefined && { filename }),
      };
      return outgoingContent(message({ media })).options.media;
    };
    expect(named('a.pdf')).toMatchObject({ filename: 'a.pdf' });
    expect([named(), named('')]).toMatchObject([{ filename: 'document.pdf' }, { filename: 'document.pdf' }]);
  });

  it('describes a place by its name and address', () => {
    const location = { latitude: 1, longitude: 2, name: 'Here', address: 'Street 1' };
    expect(outgoingContent(message({ location })).options.location).toMatchObject({
      description: 'Here\nStreet 1',
    });
  });

  it('keeps from channels what they do not take', () => {
    const contact = { name: 'Ada', phoneNumber: '49' };
    expect(refusalOf(message({ contact }, '1@newsletter'))).toMatchObject({ code: 'NOT_SUPPORTED' });
    expect(refusalOf(message({ contact }, '1@g.us'))).toBeUndefined();
    expect(refusalOf(message({ text: 'hi' }, '1@newsletter'))).toBeUndefined();
  });

  it('keeps from the browser what would end it', () => {
    const ofBytes = (bytes: number) => {
      const media = { mimetype: 'application/pdf', data: Buffer.alloc(bytes).toString('base64') };
      return refusalOf(message({ media }));
    };
    const most = 64 * 1024 * 1024;
    expect(ofBytes(most)).toBeUndefined();
    expect(ofBytes(most + 3)).toMatchObject({ code: 'MEDIA_TOO_LARGE' });
  });
});
