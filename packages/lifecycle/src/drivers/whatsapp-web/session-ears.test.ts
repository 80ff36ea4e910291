import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DriverEvent } from '../../ports/driver.js';
import { Deferred } from './deferred.js';
import { wholePage } from './page-report.fixture.js';
import { SessionDoubts } from './session-doubts.js';
import { SessionEars } from './session-ears.js';
import { SessionVoice } from './session-voice.js';
import type { Page, WebClient } from './web-client.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

/** A session whose library says `ready`, and whose page answers when it is told to. */
function scene() {
  const heard: DriverEvent[] = [];
  const notices: string[] = [];
  const voice = new SessionVoice({
    hear: (event) => heard.push(event),
    qrStallMs: 75_000,
    lost: () => {},
    test: () => Promise.resolve(wholePage),
    complain: () => {},
  });
  const ears = new SessionEars({
    voice,
    doubts: new SessionDoubts(),
    notice: (message) => notices.push(message),
    listens: () => true,
    crashed: () => {},
    openJournal: async () => {},
  });
  const answer = new Deferred<boolean>();
  // It knows nothing of time locks.
  const evaluate = (source: string) =>
    source.includes('wakeeperTimelock') ? Promise.resolve(undefined) : answer.promise;
  const pupPage = { evaluate };
  const library = Object.assign(new EventEmitter(), { pupPage, info: undefined });
  ears.hearLibrary(library as unknown as WebClient, () => false);
  return { heard, notices, voice, ears, answer, library };
}

describe('the ready of the library', () => {
  it('counts also where the page is so slow that it takes long to confirm it: nobody says it again', async () => {
    const { heard, answer, library } = scene();
    library.emit('ready');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(heard).toEqual([]);
    answer.resolve(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.map(({ type }) => type)).toEqual(['authenticated', 'pageTested', 'ready']);
  });

  it('is worth nothing where the page is gone before it has confirmed it', async () => {
    const { heard, answer, library } = scene();
    library.emit('ready');
    answer.reject(new Error('Execution context was destroyed.'));
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual([]);
  });
});

describe('the watch over the page', () => {
  /** A page in which the modules of the socket are registered after so many calls. */
  function latePage(ears: SessionEars, failures: number) {
    let calls = 0;
    const evaluate = async (source: string) => {
      if (/wakeeperWatches\b/.test(source) && calls++ < failures)
        throw new Error('Requiring unknown module "WAWebCmd"');
    };
    ears.hooks().injected({ evaluate, url: () => 'https://web.whatsapp.com/' } as unknown as Page);
    return () => calls;
  }

  it('begins when the page has registered its modules', async () => {
    const { ears, notices } = scene();
    const calls = latePage(ears, 3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls()).toBe(4);
    expect(notices).toEqual([]);
  });

  it('waits also for the module of the reasons for a logout', async () => {
    const { ears } = scene();
    let calls = 0;
    const evaluate = async (source: string) => source.includes('wakeeperWatchesLogout') && ++calls > 3;
    ears.hooks().injected({ evaluate, url: () => 'https://web.whatsapp.com/' } as unknown as Page);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toBe(4);
  });

  it('is given up after twenty seconds, and said to be missing once', async () => {
    const { ears, notices } = scene();
    const calls = latePage(ears, 1_000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls()).toBeLessThan(50);
    expect(notices).toEqual(['The page cannot be watched.']);
  });
});
