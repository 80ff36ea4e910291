/** Values of each field of the webhooks' routes: what must pass, and what must be refused. */
import fc from 'fast-check';
import type { Field, Fields } from './field-arbitrary.fixture.js';

const MEGABYTE = 'x'.repeat(1_000_000);
const either = (...values: unknown[]) => fc.constantFrom(...values);
const field = (good: fc.Arbitrary<unknown>, ...bad: unknown[]): Field => ({ good, bad: either(...bad) });
const required = (given: Field): Field => ({ ...given, isRequired: true });

const url = field(
  either('https://example.org', 'https://example.org:8443/hook?token=x', 'https://[2001:db8::1]/'),
  '',
  'example.org',
  'http://example.org',
  'ftp://example.org',
  'file:///etc/passwd',
  'https://user:pass@example.org',
  'https://',
  `https://${MEGABYTE}`,
  7,
  null,
  [],
  {},
);
const EVENTS = ['*', 'message.*', 'instance.state', 'alert.raised', 'poll.vote'];
const settings: Fields = {
  description: field(fc.stringMatching(/^[ -~]{0,256}$/), 'x'.repeat(257), '\ud800', 7, null, MEGABYTE),
  events: field(
    fc.subarray(EVENTS, { minLength: 1 }),
    [],
    ['nonsense'],
    ['message'],
    ['message.'],
    ['*.sent'],
    ['*', '*'],
    [7],
    '*',
    null,
    {},
    [MEGABYTE],
    Array(51).fill('*'),
  ),
  instances: field(
    fc.option(fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), { minLength: 1, maxLength: 9 })),
    [],
    ['a b'],
    ['a', 'a'],
    [''],
    'a',
    7,
    {},
  ),
  headers: field(
    fc.dictionary(fc.stringMatching(/^x-[a-z]{1,20}$/), fc.stringMatching(/^[ -~]{0,50}$/), { maxKeys: 20 }),
    { 'webhook-id': '1' },
    { 'Content-Type': 'text/plain' },
    { host: 'a' },
    { a: 'b\r\nc: d' },
    { 'a b': 'c' },
    { '': 'c' },
    { a: 7 },
    { a: 'b', A: 'b' },
    { a: MEGABYTE },
    [],
    null,
    'a: b',
  ),
  retries: field(
    fc.option(
      fc.record({
        policy: fc.constantFrom('constant', 'linear', 'exponential'),
        delaySeconds: fc.integer({ min: 1, max: 86_400 }),
        attempts: fc.integer({ min: 0, max: 50 }),
      }),
    ),
    {},
    { policy: 'never', delaySeconds: 1, attempts: 1 },
    { policy: 'linear', delaySeconds: 0, attempts: 1 },
    { policy: 'linear', delaySeconds: 1, attempts: 51 },
    { policy: 'linear', delaySeconds: 1, attempts: 1.5 },
    { policy: 'linear', delaySeconds: 1, attempts: 1, more: 1 },
    'linear',
    7,
  ),
};
const secret = field(
  fc
    .uint8Array({ minLength: 24, maxLength: 64 })
    .map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`),
  '',
  'whsec_',
  'whsec_QUJD',
  'secret',
  `whsec_${MEGABYTE}`,
  7,
  null,
);
const TIMES = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5+02:00'];

export const webhookBodies = {
  create: { url: required(url), ...settings, secret },
  change: { url, ...settings, enabled: field(fc.boolean(), 'true', 1, null) },
  rotate: { overlapHours: field(fc.integer({ min: 0, max: 168 }), -1, 169, '1', null), secret },
  redeliver: {
    from: required(field(either(...TIMES), '', 'yesterday', 0, null, '2026-13-01T00:00:00Z', MEGABYTE)),
    to: field(either('2026-01-02T00:00:00Z'), 'tomorrow', 1, null, '2025-01-01T00:00:00Z'),
    status: field(fc.subarray(['delivered', 'dead']), ['pending'], 'dead', null, [7]),
  },
} satisfies Readonly<Record<string, Fields>>;
