import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { DriverEvent } from '../../ports/driver.js';
import { hearLibrary } from './library-events.js';
import { wholePage } from './page-report.fixture.js';
import { SessionDoubts } from './session-doubts.js';
import { SessionVoice } from './session-voice.js';
import type { WebClient } from './web-client.js';

function scene() {
  const heard: DriverEvent[] = [];
  const voice = new SessionVoice({
    hear: (event) => heard.push(event),
    qrStallMs: 75_000,
    lost: () => {},
    test: () => Promise.resolve(wholePage),
    complain: (cause) => {
      throw cause;
    },
  });
  const doubts = new SessionDoubts();
  const library = new EventEmitter();
  hearLibrary(library as unknown as WebClient, {
    voice,
    doubts,
    isOurs: () => false,
    loggedOut: () => undefined,
    ready: () => {},
  });
  return { heard, doubts, library };
}

const KEY = { fromMe: false, remote: '1@c.us', id: '3EB0A' };
const message = (id: object, more: object = {}) => ({
  id,
  rawData: { id, from: '1@c.us', to: '2@c.us', type: 'chat', body: 'hi', t: 1, ...more },
});

/** Each event of the library about a message, with the key of that message as it is given. */
const EVENTS: Record<string, (id: object) => readonly unknown[]> = {
  message: (id) => [message(id)],
  message_create: (id) => [message({ ...id, fromMe: true })],
  message_edit: (id) => [message(id), 'hi', 'ho'],
  message_revoke_everyone: (id) => [message(id, { type: 'revoked' })],
  message_revoke_me: (id) => [message(id)],
  message_reaction: (id) => [
    { id: { ...KEY }, msgId: id, senderId: '1@c.us', timestamp: 1, reaction: '\u{1F44D}' },
  ],
  message_ack: (id) => [message({ ...id, fromMe: true }), 1],
  vote_update: (id) => [{ voter: '1@c.us', selectedOptions: [], parentMsgKey: id }],
};

describe('the events of the library', () => {
  describe.each(Object.entries(EVENTS))('%s', (name, about) => {
    it('is reported with the id of its message, also where the key has lost its text', () => {
      const { heard, doubts, library } = scene();
      library.emit(name, ...about(KEY));
      expect(heard).toHaveLength(1);
      expect(JSON.stringify(heard)).toMatch(/(true|false)_1@c\.us_3EB0A/);
      expect(doubts.counts.eventWithoutId).toBe(0);
    });

    it('is dropped and counted where its message has no id', () => {
      const { heard, doubts, library } = scene();
      for (let times = 0; times < 2; times++) library.emit(name, ...about({ fromMe: false }));
      expect(heard).toEqual([]);
      expect(doubts.counts.eventWithoutId).toBe(2);
    });
  });

  it('report each message once, and two of one chat as two', () => {
    const { heard, library } = scene();
    for (const id of ['3EB0A', '3EB0B', '3EB0A']) library.emit('message', message({ ...KEY, id }));
    expect(heard.map((event) => event.type === 'inbound' && event.message.id)).toEqual([
      'false_1@c.us_3EB0A',
      'false_1@c.us_3EB0B',
    ]);
  });

  it('are dropped and counted where their message is in no chat', () => {
    const { heard, doubts, library } = scene();
    const reaction = { id: KEY, senderId: '1@c.us', timestamp: 1, reaction: '' };
    library.emit('message_reaction', { ...reaction, msgId: 'of another form' });
    library.emit('vote_update', { voter: '1@c.us', selectedOptions: [], parentMsgKey: 'of another form' });
    expect(heard).toEqual([]);
    expect(doubts.counts.eventWithoutId).toBe(2);
  });

  it('are dropped and counted where they have no author', () => {
    const { heard, doubts, library } = scene();
    library.emit('message_reaction', {
      id: KEY,
      msgId: KEY,
      senderId: undefined,
      timestamp: 1,
      reaction: '',
    });
    library.emit('vote_update', { voter: undefined, selectedOptions: [], parentMsgKey: KEY });
    expect(heard).toEqual([]);
    expect(doubts.counts.eventWithoutId).toBe(2);
  });
});
