/** Values of each field of the API, written down a second time: what must pass, and what must be refused. */
import fc from 'fast-check';

export interface Field {
  readonly good: fc.Arbitrary<unknown>;
  readonly bad: fc.Arbitrary<unknown>;
  readonly isRequired?: boolean;
}
export type Fields = Readonly<Record<string, Field>>;

const MEGABYTE = 'x'.repeat(1_000_000);
const LONE_SURROGATE = '\ud800';

const notAString = fc.constantFrom<unknown[]>(7, -1, 1.5, true, false, null, [], {}, [''], { toString: 'x' });
const notABoolean = fc.constantFrom<unknown[]>('true', 1, 0, null, [], {});
const notAnObject = fc.constantFrom<unknown[]>('x', 7, true, [], [1], MEGABYTE);
const either = (...values: unknown[]) => fc.constantFrom(...values);

const wellFormed = (minLength: number, maxLength: number) =>
  fc
    .string({ unit: 'grapheme', minLength, maxLength })
    .filter((text) => text.length >= minLength && text.length <= maxLength);
const text = (max: number): Field => ({
  good: wellFormed(1, Math.min(max, 200)),
  bad: fc.oneof(notAString, either('', 'x'.repeat(max + 1), MEGABYTE, LONE_SURROGATE, `a${LONE_SURROGATE}b`)),
});
const words = (max: number): Field => {
  const { good, bad } = text(max);
  return {
    good: good.filter((value) => String(value).trim() !== ''),
    bad: fc.oneof(bad, either(' ', '\n\t')),
  };
};
const oneOf = (...words: string[]): Field => ({
  good: fc.constantFrom(...words),
  bad: fc.oneof(notAString, either('', words[0]?.toUpperCase(), MEGABYTE)),
});
const boolean: Field = { good: fc.boolean(), bad: notABoolean };
const required = (field: Field): Field => ({ ...field, isRequired: true });

export const ID = /^[A-Za-z0-9_-]{1,64}$/;
const id: Field = {
  good: fc.stringMatching(ID),
  bad: fc.oneof(
    notAString,
    either(
      '',
      '..',
      '../etc',
      'a/b',
      'a.b',
      'a b',
      'é',
      '💬',
      'a\u0000',
      'a\n',
      'a'.repeat(65),
      MEGABYTE,
      '__proto__!',
    ),
    fc.string({ unit: 'binary', minLength: 1 }).filter((value) => !ID.test(value)),
  ),
};

const phoneNumber: Field = {
  good: fc.oneof(
    fc.stringMatching(/^\+?[1-9][0-9]{6,14}$/),
    fc.integer({ min: 1_000_000, max: 999_999_999 }),
  ),
  bad: either(
    '',
    '12',
    '0151234567',
    'ann',
    MEGABYTE,
    '1'.repeat(16),
    '+49 abc',
    '+49 (0) 151 1234567',
    '+49 (0151) 1234567',
    -49151234567,
    0,
    1.5,
    null,
    true,
    [],
    {},
    '🙂',
  ),
};
const to: Field = {
  good: fc.oneof(
    phoneNumber.good,
    fc.stringMatching(/^[1-9][0-9]{6,14}@(c\.us|s\.whatsapp\.net|lid|g\.us|newsletter)$/),
  ),
  bad: fc.oneof(
    phoneNumber.bad,
    either(
      'a@b.c',
      '@c.us',
      '1@c.us@c.us',
      '49151234567@C.US',
      'groupinvite@g.us',
      'abc@c.us',
      '49151234567:12@s.whatsapp.net',
    ),
  ),
};

const labels: Field = {
  good: fc.dictionary(
    fc.stringMatching(/^[A-Za-z0-9._/-]{1,64}$/).filter((name) => name !== '__proto__'),
    wellFormed(0, 50),
    { maxKeys: 32 },
  ),
  bad: fc.oneof(
    notAnObject,
    either(
      { a: 1 },
      { 'a:b': '' },
      { '': '' },
      { a: null },
      { a: MEGABYTE },
      { [MEGABYTE]: 'a' },
      { é: 'x' },
    ),
    fc.constant(Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`l${n}`, '']))),
  ),
};
const proxy: Field = {
  good: either('http://proxy:8080', 'https://u:p@proxy', 'socks5://10.0.0.1:1080', null),
  bad: either('', 'proxy', 'ftp://proxy', 'file:///etc/passwd', 7, {}, [], `http://${MEGABYTE}`),
};

const base64 = fc
  .uint8Array({ minLength: 1, maxLength: 60 })
  .map((bytes) => Buffer.from(bytes).toString('base64'));
const object = (good: fc.Arbitrary<unknown>, ...bad: unknown[]): Field => ({
  good,
  bad: fc.oneof(notAnObject, either(null, {}, ...bad)),
});
const media = object(
  base64.chain((data) =>
    fc.record({ mimetype: either('image/png', 'audio/ogg; codecs=opus'), data: fc.constant(data) }),
  ),
  { mimetype: 'image/png', data: 'QUJD', url: 'https://example.org/a.png' },
  { data: 'QUJD' },
  { url: 'example.org' },
  { url: 'file:///etc/passwd' },
  { url: 'javascript:alert(1)' },
  { url: `https://example.org/${MEGABYTE}` },
  { url: 7 },
  { mimetype: 'image/png' },
  { mimetype: 'image', data: 'QUJD' },
  { mimetype: 'image/png', data: '###' },
  { mimetype: 'image/png', data: 'QUJ' },
  { mimetype: 'image/png', data: '' },
  { mimetype: 'image/png', data: 'QUJD', caption: '' },
  { mimetype: 'image/png', data: 'QUJD', extra: 1 },
  { mimetype: MEGABYTE, data: 'QUJD' },
);
const location = object(
  fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  }),
  { latitude: 91, longitude: 0 },
  { latitude: '1', longitude: 0 },
  { latitude: 1, longitude: 181 },
  { latitude: null, longitude: 0 },
);
const contact = object(
  fc.record({ name: wellFormed(1, 50), phoneNumber: phoneNumber.good }),
  { name: 'Ann' },
  { name: '', phoneNumber: '49151234567' },
  { name: 'Ann', phoneNumber: '1' },
);
const metadata: Field = {
  good: fc
    .dictionary(
      fc.string({ maxLength: 20 }).filter((name) => name !== '__proto__'),
      fc.jsonValue({ maxDepth: 2 }),
      { maxKeys: 4 },
    )
    .filter((value) => JSON.stringify(value).length < 1000),
  bad: fc.oneof(notAnObject, either(null, { a: 'x'.repeat(4096) }, { a: MEGABYTE })),
};
const options: Field = {
  good: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 2, maxLength: 12 }),
  bad: either(
    null,
    'a,b',
    {},
    [],
    ['a'],
    ['a', 'a'],
    ['a', ''],
    ['a', 7],
    ['a', 'x'.repeat(101)],
    [MEGABYTE, 'a'],
    Array(13).fill('a'),
    Array.from({ length: 13 }, (_, n) => `o${n}`),
    ['a', LONE_SURROGATE],
    ['a', ' '],
    ['a', ' a'],
  ),
};

const sendFields: Fields = {
  to: required(to),
  metadata,
  ttlMs: {
    good: fc.integer({ min: 60_000, max: 86_400_000 }),
    bad: either(0, -1, 1.5, '60000', null, 1e15, {}),
  },
};

export const bodies = {
  none: {},
  create: { id: required(id), start: boolean, labels, proxy },
  change: { labels, proxy },
  restart: { mode: oneOf('soft', 'hard') },
  pairing: { phoneNumber: required(phoneNumber) },
  text: {
    ...sendFields,
    text: required(text(65_536)),
    quotedMessageId: {
      good: fc.stringMatching(
        /^(true|false)_([1-9][0-9]{6,14}@(c\.us|lid)_[A-F0-9]{1,20}|[1-9][0-9]{6,14}@g\.us_[A-F0-9]{1,20}_[1-9][0-9]{6,14}@c\.us)$/,
      ),
      bad: either('', 'a b', '3EB0ABCDEF', 'true_abc@c.us_3EB0', 7, MEGABYTE),
    },
    mentions: {
      good: fc.array(
        fc.oneof(phoneNumber.good, fc.stringMatching(/^[1-9][0-9]{6,14}@(c\.us|s\.whatsapp\.net|lid)$/)),
        { maxLength: 5 },
      ),
      bad: either(
        null,
        '49151234567',
        {},
        ['12'],
        ['49151234567', 7],
        ['49151234567@g.us'],
        ['49151234567@newsletter'],
        [MEGABYTE],
        Array(1025).fill('49151234567'),
      ),
    },
    linkPreview: boolean,
  },
  media: { ...sendFields, media: required(media) },
  location: { ...sendFields, location: required(location) },
  contact: { ...sendFields, contact: required(contact) },
  poll: {
    ...sendFields,
    question: required(words(255)),
    options: required(options),
    allowMultipleAnswers: boolean,
  },
  token: {
    instance: {
      good: fc.option(fc.stringMatching(ID)),
      bad: either('', 'a b', 'a'.repeat(65), MEGABYTE, 7, [], {}, ['shop']),
    },
    ttlSeconds: { good: fc.integer({ min: 1, max: 3600 }), bad: either(0, -1, 1.5, 3601, '60', null, {}) },
  },
  reaction: {
    emoji: required({
      good: either('👍', '❤️', '👍🏽', '👨‍👩‍👧', '🇩🇪', '1️⃣', ''),
      bad: either('ok', '👍👍', '1', ' ', 'a👍', LONE_SURROGATE, MEGABYTE, 7, null, ['👍']),
    }),
  },
  resolve: { as: required(oneOf('sent', 'resend', 'failed')) },
} satisfies Readonly<Record<string, Fields>>;
