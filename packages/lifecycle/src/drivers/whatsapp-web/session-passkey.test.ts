import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PasskeyAssertion } from '../../domain/passkey.js';
import type { DriverEvent } from '../../ports/driver.js';
import { wholePage } from './page-report.fixture.js';
import { SessionPasskey } from './session-passkey.js';
import { SessionVoice } from './session-voice.js';
import type { Page } from './web-client.js';

const OPTIONS = { challenge: 'Y2hhbGxlbmdl', timeout: 600_000 };
const SECRET = 'c2VjcmV0LXNpZ25hdHVyZQ';
const ASSERTION: PasskeyAssertion = {
  id: 'aWQ',
  rawId: 'aWQ',
  type: 'public-key',
  response: { clientDataJSON: 'Y2xpZW50', authenticatorData: 'YXV0aA', signature: SECRET, userHandle: null },
};
let heard: DriverEvent[];
let asked: string[];
let takes: boolean | Error;
let voice: SessionVoice;
let passkey: SessionPasskey;
/** A page that takes what it is given, or does not. */
const page = {
  evaluate: async (source: string) => {
    asked.push(source);
    if (takes instanceof Error) throw takes;
    return takes;
  },
} as unknown as Page;

beforeEach(() => {
  vi.useFakeTimers();
  [heard, asked, takes] = [[], [], true];
  voice = new SessionVoice({
    hear: (event) => heard.push(event),
    qrStallMs: 75_000,
    lost: () => {},
    test: () => Promise.resolve(wholePage),
    complain: () => {},
  });
  passkey = new SessionPasskey(voice);
});
afterEach(() => vi.useRealTimers());
const types = () => heard.map(({ type }) => type);
const ask = (number = 1, options: object = OPTIONS) =>
  passkey.fact(page, { type: 'passkeyAsked', ask: number, options: { ...OPTIONS, ...options } });
const failures = () => heard.flatMap((event) => (event.type === 'passkeyFailed' ? [event.reason] : []));

describe('a session that is asked for a passkey', () => {
  it.each([
    [600_000, 300_000],
    [60_000, 60_000],
    [0, 300_000],
    ['soon', 300_000],
  ])('waits, where the options say %s ms, %s ms at the most', (timeout, waited) => {
    ask(1, { timeout });
    expect(heard).toMatchObject([{ type: 'passkeyRequired', expiresAt: Date.now() + waited }]);
    vi.advanceTimersByTime(waited - 1);
    expect(failures()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(failures()).toEqual(['The passkey did not come in time.']);
    // The page gets the error that a browser would give.
    expect(asked.at(-1)).toContain('"ask":1,"assertion":null');
  });

  it('gives the assertion to the page, says so once, and waits no longer for it', async () => {
    ask(7);
    await passkey.submit(page, ASSERTION);
    expect(asked).toEqual([expect.stringContaining(`"ask":7`)]);
    expect(asked[0]).toContain(SECRET);
    vi.advanceTimersByTime(600_000);
    expect(types()).toEqual(['passkeyRequired', 'passkeyGiven']);
    await expect(passkey.submit(page, ASSERTION)).rejects.toThrow('waits for no passkey');
    expect(asked).toHaveLength(1);
  });

  it('says that it was given before what the page makes of it, also where the page is quicker than its answer', async () => {
    ask();
    const submitting = passkey.submit(page, ASSERTION);
    passkey.fact(page, { type: 'passkeyCode', code: 'ABCD-1234', confirm: true });
    await submitting;
    expect(types()).toEqual(['passkeyRequired', 'passkeyGiven', 'passkeyCode']);
  });

  it('refuses where the page does not ask, where the page has taken its question back, and where it does not answer', async () => {
    await expect(passkey.submit(page, ASSERTION)).rejects.toMatchObject({
      failure: { code: 'PROBE_FAILED' },
    });
    expect(asked).toEqual([]);
    ask();
    takes = false;
    await expect(passkey.submit(page, ASSERTION)).rejects.toMatchObject({
      failure: { code: 'PROBE_FAILED' },
    });
    takes = new Error('Execution context was destroyed.');
    await expect(passkey.submit(page, ASSERTION)).rejects.toThrow('Execution context');
    passkey.fact(page, { type: 'passkeyScreen' });
    passkey.fact(page, { type: 'passkeyCode', code: 'ABCD-1234', confirm: false });
    expect(types()).toEqual(['passkeyRequired', 'passkeyCode']);
    takes = true;
    await passkey.submit(page, ASSERTION);
    expect(types().at(-1)).toBe('passkeyGiven');
  });

  it('fails once, with its first reason', () => {
    ask();
    passkey.fact(page, { type: 'passkeyError', message: 'NotAllowedError' });
    passkey.fact(page, { type: 'passkeyError', message: null });
    vi.advanceTimersByTime(600_000);
    passkey.newDocument();
    expect(failures()).toEqual(['WhatsApp did not link the account: NotAllowedError.']);
  });

  it('fails nothing by a screen that is gone with its document, before its button led anywhere', () => {
    passkey.fact(page, { type: 'passkeyScreen' });
    passkey.newDocument();
    vi.advanceTimersByTime(600_000);
    expect(failures()).toEqual([]);
  });

  it('fails nothing any more once the account is linked, or a code is shown instead', () => {
    passkey.fact(page, { type: 'passkeyScreen' });
    voice.qr('1,2,3,4,5');
    vi.advanceTimersByTime(600_000);
    passkey.fact(page, { type: 'passkeyScreen' });
    voice.authenticatedSaid();
    vi.advanceTimersByTime(600_000);
    expect(failures()).toEqual([]);
  });

  it('does not fail by the new document of an account that was linked meanwhile', () => {
    ask();
    voice.fact({ type: 'state', state: 'CONNECTED', paired: true });
    passkey.newDocument();
    expect(failures()).toEqual([]);
  });

  it('fails anew where WhatsApp has asked anew', () => {
    ask(1);
    passkey.fact(page, { type: 'passkeyError', message: null });
    ask(2);
    passkey.newDocument();
    expect(failures()).toEqual([
      'WhatsApp did not link the account.',
      'The page was loaded anew while it waited for the passkey.',
    ]);
  });

  it('does not fail by a new document once the assertion was given: it may have linked the account', async () => {
    ask();
    await passkey.submit(page, ASSERTION);
    passkey.newDocument();
    expect(failures()).toEqual([]);
  });

  it('says so where the screen is there and its button leads nowhere, and only then', () => {
    passkey.fact(page, { type: 'passkeyScreen' });
    vi.advanceTimersByTime(29_999);
    ask();
    vi.advanceTimersByTime(10_000);
    expect(failures()).toEqual([]);
    passkey.close();
    const other = new SessionPasskey(voice);
    other.fact(page, { type: 'passkeyScreen' });
    vi.advanceTimersByTime(30_000);
    expect(failures()).toEqual([expect.stringMatching(/button does not lead on.*docs\/pairing\.md/)]);
  });

  it('refuses what a page asks that is linked already: that is for no link', () => {
    voice.authenticatedSaid();
    ask(3);
    expect(asked.at(-1)).toContain('"ask":3,"assertion":null');
    vi.advanceTimersByTime(600_000);
    expect(types()).toEqual(['authenticated']);
  });

  it('is over with its session', () => {
    ask();
    passkey.close();
    vi.advanceTimersByTime(600_000);
    expect(types()).toEqual(['passkeyRequired']);
  });
});

describe('the voice of a session that links by passkey', () => {
  const state = (name: string, paired = false) => voice.fact({ type: 'state', state: name, paired });

  it('takes PAIRING for no link any more, and says that it is linked when it is', () => {
    voice.qr('ref,noise,identity,secret,1');
    state('PAIRING');
    ask();
    state('PAIRING');
    state('OPENING');
    expect(types()).toEqual(['qr', 'scanned', 'passkeyRequired']);
    state('OPENING', true);
    expect(types().at(-1)).toBe('scanned');
    voice.authenticatedSaid();
    expect(types().slice(3)).toEqual(['scanned', 'authenticated']);
  });

  it('says no code that the page makes behind its screen, until the link has failed', () => {
    voice.qr('one,noise,identity,secret,1');
    ask();
    voice.qr('two,noise,identity,secret,1');
    vi.advanceTimersByTime(80_000);
    expect(types()).toEqual(['qr', 'passkeyRequired']);
    passkey.fact(page, { type: 'passkeyError', message: null });
    voice.qr('three,noise,identity,secret,1');
    expect(types().slice(2)).toEqual(['passkeyFailed', 'qr']);
  });
});
