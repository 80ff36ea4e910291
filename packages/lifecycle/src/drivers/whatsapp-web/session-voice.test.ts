import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PageReport } from '../../domain/page-report.js';
import { DriverError, type DriverEvent, type DriverFailure } from '../../ports/driver.js';
import { Deferred } from './deferred.js';
import { wholePage } from './page-report.fixture.js';
import { SessionVoice } from './session-voice.js';

const QR = 'ref,noise,identity,secret,1';
const ME = { id: '4915100000001@c.us', phoneNumber: '4915100000001', pushName: 'Ada' };
let heard: DriverEvent[];
let lost: DriverFailure[];
let complaints: unknown[];
let voice: SessionVoice;
/** What the self-test answers; resolved by default. */
let tests: ((of: 'session' | 'modules') => Promise<PageReport>) | undefined;
beforeEach(() => {
  vi.useFakeTimers();
  [heard, lost, complaints] = [[], [], []];
  voice = new SessionVoice({
    hear: (event) => heard.push(event),
    qrStallMs: 75_000,
    lost: (failure) => lost.push(failure),
    test: (of) => tests?.(of) ?? Promise.resolve(wholePage),
    complain: (cause) => complaints.push(cause),
  });
  tests = undefined;
});
/** The self-test of the page is over. */
const tested = () => vi.advanceTimersByTimeAsync(0);
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
      test: () => Promise.resolve(wholePage),
      complain: () => {},
    });
    restored.fact({ type: 'state', state: 'CONNECTED', paired: true });
    restored.authenticatedSaid();
    expect(types()).toEqual(['authenticated']);
  });
});

describe('the voice of a session, becoming ready', () => {
  it('says authenticated, the test and ready once, in this order, also where the library leaves the first one out', async () => {
    let asked = 0;
    tests = async () => {
      asked += 1;
      return wholePage;
    };
    voice.readySaid(ME, true);
    voice.authenticatedSaid();
    voice.readySaid(ME, true);
    await tested();
    voice.readySaid(ME, true);
    await tested();
    expect(heard).toEqual([
      { type: 'authenticated' },
      { type: 'pageTested', report: wholePage },
      { type: 'ready', me: ME },
    ]);
    expect(asked).toBe(1);
  });

  it('holds a ready back that comes before the page is synchronised', async () => {
    voice.authenticatedSaid();
    voice.readySaid(ME, false);
    await tested();
    expect(types()).toEqual(['authenticated']);
    voice.fact({ type: 'synced', synced: false });
    voice.fact({ type: 'synced', synced: true });
    await tested();
    expect(types()).toEqual(['authenticated', 'pageTested', 'ready']);
  });

  it('does not take what an old document held back for the ready of a new one', async () => {
    voice.readySaid(ME, false);
    voice.newDocument();
    voice.fact({ type: 'synced', synced: true });
    await tested();
    expect(types()).toEqual([]);
  });

  it('says nothing of the socket before it is ready, and everything after', async () => {
    state('OPENING');
    voice.readySaid(ME, true);
    state('CONNECTED');
    await tested();
    for (const name of ['TIMEOUT', 'CONNECTED']) state(name);
    expect(heard.slice(3)).toEqual([
      { type: 'socketState', state: 'TIMEOUT' },
      { type: 'socketState', state: 'CONNECTED' },
    ]);
  });

  it('says of a socket that was cut off during the test that it is, once the page is ready', async () => {
    voice.readySaid(ME, true);
    state('OPENING');
    await tested();
    expect(heard.slice(2)).toEqual([
      { type: 'ready', me: ME },
      { type: 'socketState', state: 'OPENING' },
    ]);
  });

  it('is interrupted by a new document, and tested and ready again in it', async () => {
    voice.readySaid(ME, true);
    await tested();
    voice.newDocument();
    voice.newDocument();
    voice.readySaid(ME, true);
    await tested();
    expect(heard.slice(3)).toEqual([
      { type: 'socketState', state: 'OPENING' },
      { type: 'pageTested', report: wholePage },
      { type: 'ready', me: ME },
    ]);
  });

  it.each([
    ['a new document', () => voice.newDocument()],
    ['a crash', () => voice.crashed('out of memory')],
  ])('says nothing of a test that %s has overtaken, and takes the next ready', async (_what, overtake) => {
    const first = new Deferred<PageReport>();
    tests = () => first.promise;
    voice.readySaid(ME, true);
    overtake();
    tests = undefined;
    voice.readySaid(ME, true);
    first.resolve({ ...wholePage, edition: 'of the old document' });
    await tested();
    expect(heard.filter(({ type }) => type === 'pageTested')).toEqual([
      { type: 'pageTested', report: wholePage },
    ]);
    expect(types().filter((type) => type === 'ready')).toHaveLength(1);
  });

  it('is lost where the page hangs in its test, and only drops the ready of a page that goes away', async () => {
    const closed = new DriverError({ code: 'PAGE_CLOSED', message: 'gone' });
    for (const going of [new Error('Execution context was destroyed.'), closed]) {
      tests = () => Promise.reject(going);
      voice.readySaid(ME, true);
      await tested();
      expect(lost).toEqual([]);
    }
    const failure = { code: 'PAGE_HUNG', message: 'no answer' } as const;
    tests = () => Promise.reject(new DriverError(failure));
    voice.readySaid(ME, true);
    await tested();
    expect(lost).toEqual([failure]);
    expect(types()).not.toContain('ready');
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

  describe('once something in the page has failed before it was ready', () => {
    const lacking = (name: 'core' | 'media'): PageReport => ({
      ...wholePage,
      capabilities: { ...wholePage.capabilities, [name]: { ok: false, missing: ['WAWebGone'] } },
    });
    const fail = async (report: PageReport) => {
      tests = async (of) => (of === 'modules' ? report : wholePage);
      voice.authenticatedSaid();
      voice.pageError('Requiring unknown module "WAWebGone"');
      await tested();
      return heard.flatMap((event) => (event.type === 'pageTested' ? [event.report] : []));
    };

    it('says what its modules lack, where a session cannot be without', async () => {
      expect(await fail(lacking('core'))).toEqual([lacking('core')]);
      expect(types()).not.toContain('ready');
    });

    it('says nothing where they have that: the error may mean nothing', async () => {
      expect(await fail(lacking('media'))).toEqual([]);
      voice.readySaid(null, true);
      await tested();
      expect(types()).toContain('ready');
    });

    it('says it again for the next document with the same error', async () => {
      await fail(lacking('core'));
      voice.newDocument();
      expect(await fail(lacking('core'))).toHaveLength(2);
    });

    it('says nothing of a document that is gone', async () => {
      const answer = new Deferred<PageReport>();
      tests = () => answer.promise;
      voice.authenticatedSaid();
      voice.pageError('Requiring unknown module "WAWebGone"');
      voice.newDocument();
      answer.resolve(lacking('core'));
      await tested();
      expect(types()).not.toContain('pageTested');
    });
  });

  it('reports a listener that throws, and goes on', () => {
    const broken = new SessionVoice({
      hear: () => {
        throw new Error('broken listener');
      },
      qrStallMs: 1_000,
      lost: () => {},
      test: () => Promise.resolve(wholePage),
      complain: (cause) => complaints.push(cause),
    });
    broken.authenticatedSaid();
    expect(complaints).toMatchObject([{ message: 'broken listener' }]);
  });
});
