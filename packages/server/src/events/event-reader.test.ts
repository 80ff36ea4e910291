/** The moment at which a reader goes over from the store to what happens now. */
import type { Fact, FactStore } from '@wakeeper/lifecycle';
import { VirtualClock } from '@wakeeper/lifecycle/testing';
import { expect, test } from 'vitest';
import { EventReading } from '../event-reading.fixture.js';
import { EventReader } from './event-reader.js';
import { FactTail } from './fact-tail.js';
import { LiveStream } from './live-stream.js';

const fact = (number: number): Fact => ({
  number,
  type: 'message.ack',
  instanceId: 'shop',
  at: 0,
  body: { messageId: `m${number}`, queueId: null, ack: 1, metadata: null },
});

/** A reader after number 1 of a store with two facts; a third is committed before its first page is read, or just after. */
async function read(third: 'read and not told yet' | 'told and not read yet') {
  const kept = [fact(1), fact(2)];
  let listener = (_: Fact): void => {};
  const manager = {
    subscribe: (given: (told: Fact) => void) => {
      listener = given;
      return () => {};
    },
  };
  const tell = (number: number) => listener(fact(number));
  let isFirst = true;
  const facts: Pick<FactStore, 'list' | 'lastNumber'> = {
    lastNumber: async () => kept.length,
    list: async ({ after = 0, limit }) => {
      const page = () => kept.filter(({ number }) => number > after).slice(0, limit);
      const before = page();
      if (!isFirst) return before;
      isFirst = false;
      kept.push(fact(3));
      if (third === 'read and not told yet') return page();
      tell(3);
      return before;
    },
  };
  const clock = new VirtualClock();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const tail = await FactTail.open({ facts, manager, clock, log });
  const stream = new LiveStream({ maxBufferBytes: 1e6, disconnect: null, ended: () => {} });
  stream.serve(new EventReader({ facts, tail, clock }, stream, { events: ['*'], instances: null }, 1));
  const reading = new EventReading(new Response(stream.body));
  await expect.poll(() => reading.events.length).toBeGreaterThan(0);
  return { reading, tell, kept };
}

test('a fact that is told while the page before it is on the way is not missed', async () => {
  const { reading, tell, kept } = await read('told and not read yet');
  await reading.first(2);
  kept.push(fact(4));
  tell(4);
  await reading.first(3);
  expect(reading.events.map(({ type, id }) => `${type} ${id}`)).toEqual([
    'message.ack 2',
    'message.ack 3',
    'message.ack 4',
  ]);
});

test('a fact that was read before it is told is not repeated', async () => {
  const { reading, tell, kept } = await read('read and not told yet');
  await reading.first(2);
  tell(3);
  kept.push(fact(4));
  tell(4);
  await reading.first(3);
  expect(reading.numbers).toEqual([2, 3, 4]);
});
