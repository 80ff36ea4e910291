import { describe, expect, it } from 'vitest';
import { contentProblems, metadataProblem, ttlProblem } from './content-rule.js';

const to = '4915123456789@c.us';
const pixel = 'iVBORw0KGgo=';
const image = { mimetype: 'image/png', data: pixel };
const paths = (type: string, payload: object) =>
  contentProblems(type, { to, ...payload }).map(({ path }) => path);

describe('the rule of a message', () => {
  it.each([
    ['the longest text', { text: 'x'.repeat(65_536) }],
    ['an image', { media: { ...image, caption: 'Look', filename: 'a.png' } }],
    ['a voice note', { media: { mimetype: 'audio/ogg; codecs=opus', data: pixel, asVoice: true } }],
    ['the poles', { location: { latitude: -90, longitude: 180, name: 'There' } }],
    ['a contact', { contact: { name: 'Ann', phoneNumber: '+1 (202) 555-0100' } }],
    ['an answer', { text: 'Yes', quotedMessageId: 'false_4915123456789@c.us_3EB0ABCDEF' }],
    ['an answer in a group', { text: 'Yes', quotedMessageId: 'false_1-2@g.us_3EB0_4915123456789@c.us' }],
    ['an answer to a status', { text: 'Yes', quotedMessageId: 'false_status@broadcast_3EB0_49151@c.us' }],
    ['an answer to oneself', { text: 'Yes', quotedMessageId: 'true_4915123456789@c.us_3EB0_out' }],
    ['fields that are not given', { text: 'Yes', media: undefined, mentions: undefined }],
  ])('takes %s', (_, payload) => {
    expect(paths('message', payload)).toEqual([]);
  });

  it.each([
    ['no content', {}, ['']],
    ['two contents', { text: 'a', location: { latitude: 1, longitude: 1 } }, ['']],
    ['an empty text', { text: '' }, ['text']],
    ['a text too long', { text: 'x'.repeat(65_537) }, ['text']],
    ['half a surrogate pair', { text: 'a\ud800b' }, ['text']],
    ['a text that is no string', { text: 7 }, ['text']],
    ['null as its text', { text: null }, ['text']],
    ['a field that is not known', { text: 'a', txet: 'b' }, ['txet']],
    ['media that are no object', { media: 'a' }, ['media']],
    ['a data: URL', { media: { ...image, data: `data:image/png;base64,${pixel}` } }, ['media.data']],
    ['base64 without padding', { media: { ...image, data: pixel.slice(0, -1) } }, ['media.data']],
    ['base64 of URLs', { media: { ...image, data: 'ab-_' } }, ['media.data']],
    ['base64 with padding inside', { media: { ...image, data: 'ab==abcd' } }, ['media.data']],
    ['no bytes', { media: { ...image, data: '' } }, ['media.data']],
    ['neither type nor bytes', { media: {} }, ['media.mimetype', 'media.data']],
    ['a MIME type without a slash', { media: { ...image, mimetype: 'png' } }, ['media.mimetype']],
    ['a MIME type of two lines', { media: { ...image, mimetype: 'image/png\r\nX: y' } }, ['media.mimetype']],
    ['an empty caption', { media: { ...image, caption: '' } }, ['media.caption']],
    ['a name too long', { media: { ...image, filename: 'x'.repeat(256) } }, ['media.filename']],
    ['a typo in media', { media: { ...image, captoin: 'Look' } }, ['media.captoin']],
    ['a wish that is no yes or no', { media: { ...image, asVoice: 'yes' } }, ['media.asVoice']],
    [
      'a place off the globe',
      { location: { latitude: 999, longitude: -180.5 } },
      ['location.latitude', 'location.longitude'],
    ],
    [
      'a place without numbers',
      { location: { latitude: Number.NaN, longitude: '1' } },
      ['location.latitude', 'location.longitude'],
    ],
    ['a contact without a number', { contact: { name: 'Ann' } }, ['contact.phoneNumber']],
    [
      'a contact with a (0)',
      { contact: { name: 'A', phoneNumber: '+49 (0) 151 1234567' } },
      ['contact.phoneNumber'],
    ],
    ['a quotation by a bare key', { text: 'a', quotedMessageId: '3EB0ABCDEF' }, ['quotedMessageId']],
    ['a quotation of no chat', { text: 'a', quotedMessageId: 'true_abc@c.us_3EB0' }, ['quotedMessageId']],
    ['a preview of a place', { location: { latitude: 1, longitude: 1 }, linkPreview: true }, ['linkPreview']],
    ['several faults', { text: '', txet: 'b', mentions: ['a'] }, ['txet', 'text', 'mentions[0]']],
  ])('refuses %s', (_, payload, where) => {
    expect(paths('message', payload)).toEqual(where);
  });

  it('looks through many megabytes of base64 without running out of stack', () => {
    const data = 'QUJD'.repeat(5_000_000);
    expect(paths('message', { media: { ...image, data } })).toEqual([]);
    expect(paths('message', { media: { ...image, data: `${data}!!!!` } })).toEqual(['media.data']);
  });
});

describe('the rule of a poll', () => {
  const poll = { question: 'Lunch?', options: ['Pizza', 'Soup'] };

  it.each([
    ['two options', {}],
    ['twelve options', { options: Array.from({ length: 12 }, (_, n) => `Option ${n}`) }],
    ['several answers', { allowMultipleAnswers: true }],
    ['the longest question', { question: 'x'.repeat(255) }],
  ])('takes %s', (_, change) => {
    expect(paths('poll', { ...poll, ...change })).toEqual([]);
  });

  it.each([
    ['no question', { question: undefined }, ['question']],
    ['a blank question', { question: ' \n' }, ['question']],
    ['a question too long', { question: 'x'.repeat(256) }, ['question']],
    ['one option', { options: ['Pizza'] }, ['options']],
    ['thirteen options', { options: Array.from({ length: 13 }, (_, n) => `Option ${n}`) }, ['options']],
    ['options that are equal once trimmed', { options: ['Pizza', ' Pizza '] }, ['options']],
    ['a blank option', { options: ['Pizza', '  '] }, ['options[1]']],
    [
      'options that are too long or no text',
      { options: ['x'.repeat(101), 7, 'Soup'] },
      ['options[0]', 'options[1]'],
    ],
    ['options that are no list', { options: 'Pizza' }, ['options']],
    ['a text beside', { text: 'a' }, ['text']],
  ])('refuses %s', (_, change, where) => {
    expect(paths('poll', { ...poll, ...change })).toEqual(where);
  });
});

it('is no rule for what is neither', () => {
  expect(paths('song', {})).toEqual(['type']);
  expect(contentProblems('message', null)).toEqual([{ path: 'payload', message: 'must be an object' }]);
});

describe('what goes beside the content', () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;
  it.each([[[1]], [7], [null], [{ a: 'x'.repeat(4_096) }], [{ a: 7n }], [circular], [{ deep }]])(
    'is refused, not a crash: metadata %#',
    (metadata) => {
      expect(metadataProblem(metadata)).toEqual(expect.any(String));
    },
  );
  it('is a small object, and a time of at most 30 days', () => {
    expect(metadataProblem({ order: 7 })).toBeNull();
    expect(ttlProblem(30 * 86_400_000)).toBeNull();
    expect(ttlProblem(30 * 86_400_000 + 1)).toEqual(expect.any(String));
  });
});
