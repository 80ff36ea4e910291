import { expect, it } from 'vitest';
import { SessionDoubts } from './session-doubts.js';
import { fetchMessages } from './session-history.js';
import type { Page } from './web-client.js';

it('a message of the page without an id is not fetched, and counted', async () => {
  const messages = [
    { id: { fromMe: false, remote: '1@c.us', id: '3EB0A' }, type: 'chat', body: 'hi', t: 1 },
    { id: { fromMe: false }, type: 'chat', body: 'ho', t: 2 },
  ];
  const page = {
    evaluate: async () => ({ messages, unreadable: [], more: false, nameless: 2 }),
  } as unknown as Page;
  const session = {
    doubts: new SessionDoubts(),
    call: <T>(run: (page: Page) => Promise<T>) => run(page),
  };
  const request = { instanceId: 'shop', generation: 1, since: 0, limit: 10, ignore: [], deadlineMs: 1_000 };
  const fetched = await fetchMessages(session, request);
  expect(fetched.messages.map(({ id }) => id)).toEqual(['false_1@c.us_3EB0A']);
  expect(session.doubts.counts.eventWithoutId).toBe(3);
});

it('a page in which no message has an id has not shown what was missed', async () => {
  const messages = [{ id: { fromMe: false }, type: 'chat', body: 'ho', t: 2 }];
  const page = {
    evaluate: async () => ({ messages, unreadable: [], more: false, nameless: 3 }),
  } as unknown as Page;
  const session = {
    doubts: new SessionDoubts(),
    call: <T>(run: (page: Page) => Promise<T>) => run(page),
  };
  const request = { instanceId: 'shop', generation: 1, since: 0, limit: 10, ignore: [], deadlineMs: 1_000 };
  await expect(fetchMessages(session, request)).rejects.toMatchObject({
    failure: { code: 'INCOMPATIBLE_PAGE' },
  });
  expect(session.doubts.counts.eventWithoutId).toBe(4);
});
