import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PageCapability } from '../../domain/page-report.js';
import type { DriverEvent } from '../../ports/driver.js';
import type { PageTestAnswer } from './page-self-test.js';
import { capabilitiesOf, SessionPageTest } from './session-page-test.js';
import type { Page } from './web-client.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const WELL: PageTestAnswer = {
  version: '2.3000.1',
  edition: '2026-05',
  layer: [],
  missing: {},
  copies: [],
};
function scene(evaluate: () => Promise<unknown> = async () => WELL) {
  const contradictions: unknown[] = [];
  const test = new SessionPageTest({
    now: Date.now,
    browser: async () => 'Chrome/156.0.0.0',
    contradicted: () => contradictions.push(Date.now()),
  });
  return { test, page: { evaluate } as unknown as Page, contradictions };
}
const inbound = (id: string) => ({ type: 'inbound', message: { id } }) as DriverEvent;
const ack = (messageId: string) => ({ type: 'ack', messageId }) as DriverEvent;
const failureOf = async (promise: Promise<unknown>): Promise<unknown> => {
  const failed = promise.then(
    () => 'resolved',
    (thrown: unknown) => thrown,
  );
  await vi.advanceTimersByTimeAsync(30_000);
  return failed;
};

describe('the test of a session’s page', () => {
  it('reports what the page has, in which browser and by which library', async () => {
    const { test, page } = scene();
    const report = await test.whenQuiet(page);
    expect(report).toMatchObject({
      version: '2.3000.1',
      browser: 'Chrome/156.0.0.0',
      library: '1.34.7',
      checkedAt: Date.now(),
      seenToWork: [],
    });
    expect(Object.values(report.capabilities).every(({ ok }) => ok)).toBe(true);
  });

  it('takes a page that does not answer for one that hangs, never for one that lacks something', async () => {
    const { test, page } = scene(() => new Promise(() => {}));
    const began = Date.now();
    const failure = test.now(page).catch((thrown: unknown) => ({ thrown, after: Date.now() - began }));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await failure).toMatchObject({ thrown: { failure: { code: 'PAGE_HUNG' } }, after: 5_000 });
    expect(await failureOf(test.whenQuiet(page))).toMatchObject({ failure: { code: 'PAGE_HUNG' } });
  });

  it.each(['Execution context was destroyed.', 'Protocol error: Target closed'])(
    'says nothing of a page that is gone: %s',
    async (message) => {
      const { test, page } = scene(() => Promise.reject(new Error(message)));
      expect(await failureOf(test.now(page))).toMatchObject({ message });
    },
  );

  it('calls the core missing in a page in which the test cannot run', async () => {
    const { test, page } = scene(() => Promise.reject(new Error('Promise.all is not a function')));
    expect((await test.now(page)).capabilities.core.ok).toBe(false);
  });

  it('calls ids missing where a copy has lost its own, and shows nothing of it', () => {
    const text = 'false_15550000002@c.us_3EB0A';
    const capabilities = capabilitiesOf({ ...WELL, copies: [{ copy: {}, text }] });
    expect(capabilities.ids).toEqual({ ok: false, missing: ['WAWebMsgKey (a copy loses its text)'] });
    expect(capabilitiesOf({ ...WELL, copies: [{ copy: { _serialized: text }, text }] }).ids.ok).toBe(true);
  });
});

describe('what was seen to work', () => {
  const seen = async ({ test, page }: ReturnType<typeof scene>) => (await test.now(page)).seenToWork;

  it.each<[DriverEvent, readonly PageCapability[]]>([
    [inbound('false_1@c.us_A'), ['core', 'ids', 'inbound']],
    [inbound(''), []],
    [ack('true_1@c.us_A'), ['core', 'ids', 'acks']],
    [ack(''), []],
  ])('by %j is %j', async (event, capabilities) => {
    const session = scene();
    session.test.saw(event);
    expect(await seen(session)).toEqual(capabilities);
  });

  it('counts for ten minutes, and for one document', async () => {
    const session = scene();
    session.test.saw(inbound('false_1@c.us_A'));
    vi.advanceTimersByTime(600_000);
    expect(await seen(session)).toHaveLength(3);
    vi.advanceTimersByTime(1);
    expect(await seen(session)).toEqual([]);
    session.test.saw(inbound('false_1@c.us_B'));
    session.test.newDocument();
    expect(await seen(session)).toEqual([]);
  });

  it('contradicts a test that called it broken, where no session can do without', async () => {
    const session = scene(async () => ({ ...WELL, missing: { acks: ['x'] } }));
    await session.test.now(session.page);
    session.test.saw(ack('true_1@c.us_A'));
    expect(session.contradictions).toEqual([]);
    const broken = scene(async () => ({ ...WELL, missing: { inbound: ['x'] } }));
    broken.test.saw(inbound('false_1@c.us_A'));
    await broken.test.now(broken.page);
    broken.test.saw(ack('true_1@c.us_A'));
    expect(broken.contradictions).toEqual([]);
    broken.test.saw(inbound('false_1@c.us_B'));
    expect(broken.contradictions).toHaveLength(1);
  });
});
