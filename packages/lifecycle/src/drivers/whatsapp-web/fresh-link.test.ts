import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DriverEvent } from '../../ports/driver.js';
import { FRESH_MS, FreshLink } from './fresh-link.js';
import type { SeenDialog } from './page-dialogs.js';
import type { Page } from './web-client.js';

const NEWS: SeenDialog = { key: 'news', heading: 'News', labels: ['Continue'], known: true, clicked: true };
const EVENTS = {
  qr: { type: 'qr', qr: 'ref,noise,identity,secret,1' },
  scanned: { type: 'scanned' },
  authenticated: { type: 'authenticated' },
  ready: { type: 'ready', me: null },
  lost: { type: 'lost', failure: { code: 'DISCONNECTED', message: 'It has ended.' } },
} as const satisfies Record<string, DriverEvent>;

let looks: number;
let shown: SeenDialog[];
let said: DriverEvent[];
let notices: string[];
let links: number;
let link: FreshLink;
beforeEach(() => {
  vi.useFakeTimers();
  [looks, shown, said, notices, links] = [0, [], [], [], 0];
  const page = {
    isClosed: () => false,
    evaluate: async () => {
      looks += 1;
      return shown;
    },
  };
  link = new FreshLink({
    labels: ['Continue'],
    page: () => page as unknown as Page,
    say: (event) => said.push(event),
    notice: (message) => notices.push(message),
    linked: () => {
      links += 1;
    },
  });
});
afterEach(() => vi.useRealTimers());

const gets = (...names: (keyof typeof EVENTS)[]) => {
  for (const name of names) link.note(EVENTS[name]);
};
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('a link', () => {
  it('is looked after from the scan on, and until ten minutes after its first ready', async () => {
    gets('qr', 'scanned');
    await pass(60_000);
    expect(looks).toBe(0);
    gets('authenticated');
    expect(links).toBe(1);
    await pass(FRESH_MS - 10_000);
    gets('ready');
    await pass(FRESH_MS - 10_000);
    const until = looks;
    expect(until).toBeGreaterThan(500);
    // A document later in the same link makes it no younger.
    gets('authenticated', 'ready');
    await pass(3_600_000);
    expect(looks - until).toBeLessThan(10);
    expect(links).toBe(1);
  });

  it('that was restored is left alone', async () => {
    gets('authenticated', 'ready');
    await pass(3_600_000);
    expect([looks, links]).toEqual([0, 0]);
  });

  it.each(['qr', 'lost'] as const)('is over with %s', async (name) => {
    gets('qr', 'scanned', 'authenticated', name);
    await pass(3_600_000);
    expect(looks).toBe(0);
  });

  it('is over with its browser', async () => {
    gets('qr', 'scanned', 'authenticated');
    link.end();
    await pass(3_600_000);
    expect(looks).toBe(0);
  });
});

describe('a dialog that three clicks do not close', () => {
  const clickedThrice = async () => {
    gets('qr', 'scanned', 'authenticated');
    shown = [NEWS];
    await pass(6_100);
    expect(said).toEqual([]);
    shown = [{ ...NEWS, clicked: false }];
  };

  it('is reported once, and looked at until it is gone, however long that takes', async () => {
    await clickedThrice();
    await pass(3 * FRESH_MS);
    expect(said).toEqual([{ type: 'actionRequired', heading: 'News', labels: ['Continue'] }]);
    shown = [];
    await pass(30_000);
    expect(said.at(-1)).toEqual({ type: 'actionTaken' });
    const until = looks;
    await pass(3 * FRESH_MS);
    expect(looks).toBe(until);
  });
});

it('logs a dialog that is not known once, and each other one too', async () => {
  gets('qr', 'scanned', 'authenticated');
  const survey = { key: 'survey', heading: 'How are we?', labels: ['Later'], known: false, clicked: false };
  shown = [survey];
  await pass(20_000);
  shown = [survey, { ...survey, key: 'other', heading: 'Another' }];
  await pass(20_000);
  expect(notices).toHaveLength(2);
  expect(notices[0]).toContain('"How are we?", with the buttons ["Later"]');
  expect(said).toEqual([]);
});
