import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DriverEvent, DriverFailure } from '../../ports/driver.js';
import { SessionVoice } from './session-voice.js';

const QR = 'ref,noise,identity,secret,1';
const ME = { id: '4915100000001@c.us', phoneNumber: '4915100000001', pushName: 'Ada' };
let heard: DriverEvent[];
let lost: DriverFailure[];
let complaints: unknown[];
let voice: SessionVoice;
beforeEach(() => {
  vi.useFakeTimers();
  [heard, lost, complaints] = [[], [], []];
  voice = new SessionVoice({
    hear: (event) => heard.push(event),
    qrStallMs: 75_000,
    lost: (failure) => lost.push(failure),
    complain: (cause) => complaints.push(cause),
  });
});
afterEach(() => vi.useRealTimers());
const types = () => heard.map(({ type }) => type);
const state = (name: string, paired = false) => voice.fact({ type: 'state', state: name, paired });

describe('the voice of a session, asking for a scan', () => {
  it('says each code once', () => {
    for (const code of [QR, QR, `other${QR}`]) voice.qr(code);
    expect(heard).toEqual([
      { type: 'qr', qr: QR },
      { type: 'qr', qr: `other${QR}` },
    ]);
  });

  it.each(['null', 'undefined', ''])('takes a code whose ref is %j for none', (ref) => {
    voice.qr(`${ref},noise,identity,secret,1`);
    expect(heard).toEqual([]);
  });

  it('says when the next code is overdue, and not again until there is one', () => {
    voice.qr(QR);
    vi.advanceTimersByTime(74_999);
    expect(types()).toEqual(['qr']);
    vi.advanceTimersByTime(100_000);
    expect(types()).toEqual(['qr', 'qrStalled']);
    voice.qr(`next${QR}`);
    vi.advanceTimersByTime(75_000);
    expect(types()).toEqual(['qr', 'qrStalled', 'qr', 'qrStalled']);
  });

  it.each([
    ['PAIRING', false, true],
    ['CONNECTED', false, true],
    ['OPENING', true, true],
    ['OPENING', false, false],
    ['UNPAIRED_IDLE', false, false],
    ['TIMEOUT', false, false],
  ])('takes the state %s (account known: %s) for a scan: %s', (name, paired, scanned) => {
    voice.qr(QR);
    state(name, paired);
    expect(types().includes('scanned')).toBe(scanned);
    expect(lost).toEqual([]);
  });

  it('does not wait for codes after the scan', () => {
    voice.qr(QR);
    state('PAIRING');
    vi.advanceTimersByTime(200_000);
    expect(types()).toEqual(['qr', 'scanned']);
  });

  it('does not miss codes to scan while it shows one to type', () => {
    voice.qr(QR);
    voice.pairingCode('ABCD1234');
    vi.advanceTimersByTime(200_000);
    expect(types()).toEqual(['qr', 'pairingCode']);
  });

  it('asks again when the pairing came to nothing', () => {
    voice.qr(QR);
    state('PAIRING');
    voice.qr(`next${QR}`);
    state('PAIRING');
    expect(types()).toEqual(['qr', 'scanned', 'qr', 'scanned']);
  });

  it('tells the scan also where only the authentication shows it, and nothing of one where no code was shown', () => {
    voice.qr(QR);
    voice.authenticatedSaid();
    expect(types()).toEqual(['qr', 'scanned', 'authenticated']);
    heard.length = 0;
    const restored = new SessionVoice({
      hear: (event) => heard.push(event),
      qrStallMs: 1,
      lost: () => {},
      complain: () => {},
    });
    restored.fact({ type: 'state', state: 'CONNECTED', paired: true });
    restored.authenticatedSaid();
    expect(types()).toEqual(['authenticated']);
  });
});

describe('the voice of a session, becoming ready', () => {
  it('says authenticated and ready once, in this order, also where the library leaves the first one out', () => {
    voice.readySaid(ME, true);
    voice.authenticatedSaid();
    voice.readySaid(ME, true);
    expect(heard).toEqual([{ type: 'authenticated' }, { type: 'ready', me: ME }]);
  });

  it('holds a ready back that comes before the page is synchronised', () => {
    voice.authenticatedSaid();
    voice.readySaid(ME, false);
    expect(types()).toEqual(['authenticated']);
    voice.fact({ type: 'synced', synced: false });
    voice.fact({ type: 'synced', synced: true });
    expect(types()).toEqual(['authenticated', 'ready']);
  });

  it('says nothing of the socket before it is ready, and everything after', () => {
    state('OPENING');
    voice.readySaid(ME, true);
    for (const name of ['TIMEOUT', 'CONNECTED']) state(name);
    expect(heard.slice(2)).toEqual([
      { type: 'socketState', state: 'TIMEOUT' },
      { type: 'socketState', state: 'CONNECTED' },
    ]);
  });

  it('is interrupted by a new document, and ready again in it', () => {
    voice.readySaid(ME, true);
    voice.newDocument();
    voice.newDocument();
    voice.readySaid(ME, true);
    expect(heard.slice(2)).toEqual([
      { type: 'socketState', state: 'OPENING' },
      { type: 'ready', me: ME },
    ]);
  });
});

describe('the voice of a session, ending', () => {
  it.each([
    ['CONFLICT', 'CONFLICT'],
    ['UNPAIRED', 'UNPAIRED'],
    ['UNPAIRED_IDLE', 'UNPAIRED'],
    ['TOS_BLOCK', 'TOS_BLOCK'],
    ['SMB_TOS_BLOCK', 'TOS_BLOCK'],
    ['PROXYBLOCK', 'PROXYBLOCK'],
    ['DEPRECATED_VERSION', 'VERSION_NOT_SUPPORTED'],
    ['SOMETHING_NEW', 'DISCONNECTED'],
  ])('is lost when a recognised account’s socket says %s, with the code %s', (name, code) => {
    voice.authenticatedSaid();
    state(name);
    expect(lost).toMatchObject([{ code }]);
  });

  it('is blocked also before anybody was recognised', () => {
    voice.qr(QR);
    state('TOS_BLOCK');
    expect(lost).toMatchObject([{ code: 'TOS_BLOCK' }]);
  });

  it('gives its first reason only, and says nothing more', () => {
    voice.lose({ code: 'BROWSER_EXITED', message: 'gone' });
    voice.lose({ code: 'PAGE_CLOSED', message: 'gone too' });
    voice.authenticatedSaid();
    expect(lost).toEqual([{ code: 'BROWSER_EXITED', message: 'gone' }]);
    expect(heard).toEqual([]);
  });

  it('is silent once it was silenced, its timers too', () => {
    voice.qr(QR);
    voice.silence();
    voice.qr(`next${QR}`);
    voice.lose({ code: 'CONFLICT', message: '' });
    vi.advanceTimersByTime(200_000);
    expect(types()).toEqual(['qr']);
    expect(lost).toEqual([]);
  });

  it('keeps different page errors, a few of them', () => {
    for (let i = 0; i < 100; i++) voice.pageError(`error ${i % 50}`);
    expect(types().filter((type) => type === 'pageError')).toHaveLength(20);
  });

  it('reports a listener that throws, and goes on', () => {
    const broken = new SessionVoice({
      hear: () => {
        throw new Error('broken listener');
      },
      qrStallMs: 1_000,
      lost: () => {},
      complain: (cause) => complaints.push(cause),
    });
    broken.authenticatedSaid();
    expect(complaints).toMatchObject([{ message: 'broken listener' }]);
  });
});
