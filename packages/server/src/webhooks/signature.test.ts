import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { isSecret, newSecret, signedHeaders } from './signature.js';

const body = '{"text":"Größe 😀"}';

describe('a signature', () => {
  it('is what the reference implementation verifies, with each secret that signs', () => {
    const now = Date.now();
    const [current, former, expired] = [newSecret(), newSecret(), newSecret()];
    const secrets = [
      { secret: current, expiresAt: null },
      { secret: former, expiresAt: now + 1 },
      { secret: expired, expiresAt: now },
    ];
    const headers = { ...signedHeaders('wh_1', body, secrets, now) };
    for (const secret of [current, former])
      expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(expired).verify(body, headers)).toThrow('No matching signature');
    expect(() => new Webhook(current).verify(body.replace('G', 'g'), headers)).toThrow(
      'No matching signature',
    );
    const replayed = { ...headers, 'webhook-id': 'wh_2' };
    expect(() => new Webhook(current).verify(body, replayed)).toThrow('No matching signature');
  });

  it('is of the second of its attempt', () => {
    expect(signedHeaders('x', '{}', [], 1_700_000_000_999)['webhook-timestamp']).toBe('1700000000');
  });
});

describe('a secret', () => {
  it('has a prefix and 24 to 64 bytes', () => {
    const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`;
    expect([23, 24, 64, 65].map((bytes) => isSecret(of(bytes)))).toEqual([false, true, true, false]);
    expect(isSecret(newSecret())).toBe(true);
    expect(isSecret(of(32).replace('whsec_', ''))).toBe(false);
    expect(isSecret(`${of(32)}!`)).toBe(false);
    expect(newSecret()).not.toBe(newSecret());
  });
});
