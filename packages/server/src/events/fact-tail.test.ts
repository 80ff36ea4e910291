import type { Fact, FactStore } from '@wakeeper/lifecycle';
import { VirtualClock } from '@wakeeper/lifecycle/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FactTail } from './fact-tail.js';

const fact = (number: number): Fact => ({
  number,
  type: 'message.ack',
  instanceId: 'shop',
  at: 0,
  body: { messageId: `m${number}`, queueId: null, ack: 1, metadata: null },
});

let clock: VirtualClock;
let kept: Fact[];
let isAway: boolean;
let tell: (...numbers: number[]) => void;
let tail: FactTail;
let heard: number[];
let reads: number;

const open = async (lastNumber: () => Promise<number> | number = () => kept.length) => {
  clock = new VirtualClock();
  let listener = (_: Fact): void => {};
  tell = (...numbers) => numbers.map(fact).forEach(listener);
  tail = await FactTail.open({
    facts: {
      lastNumber: async () => lastNumber(),
      list: async ({ after = 0, limit }: Parameters<FactStore['list']>[0]) => {
        reads += 1;
        if (isAway) throw new Error('The store is away.');
        return kept.filter(({ number }) => number > after).slice(0, limit);
      },
    },
    manager: {
      subscribe: (given) => {
        listener = given;
        return () => {
          listener = () => {};
        };
      },
    },
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  tail.listen(({ number }) => heard.push(number));
};

beforeEach(async () => {
  kept = [1, 2, 3].map(fact);
  heard = [];
  reads = 0;
  isAway = false;
  await open();
});
afterEach(() => tail.close());

test('begins at the head of the store, and asks it for nothing while facts come in order', async () => {
  expect(tail.head).toBe(3);
  tell(4, 5);
  expect(heard).toEqual([4, 5]);
  expect([tail.head, reads, clock.pending]).toEqual([5, 0, 0]);
});

test('puts facts in order that are told out of order, and tells none twice', async () => {
  tell(6, 3, 5, 4, 5, 4, 7);
  expect(heard).toEqual([4, 5, 6, 7]);
  await clock.advance(1000);
  expect([heard.length, clock.pending]).toEqual([4, 0]);
});

test('hears what is told while it asks where the store is', async () => {
  await open(() => {
    tell(3, 4, 5);
    return 4;
  });
  expect([heard, tail.head]).toEqual([[], 5]);
  tell(6);
  expect(heard).toEqual([6]);
});

test('reads from the store what nobody told', async () => {
  kept.push(...[4, 5, 6].map(fact));
  tell(6);
  expect(heard).toEqual([]);
  await clock.advance(50);
  expect([heard, reads]).toEqual([[4, 5, 6], 1]);
});

test('reads on over many pages, and does not wait for what was removed', async () => {
  kept.push(...Array.from({ length: 1200 }, (_, index) => fact(index + 10)));
  tell(1500);
  await clock.advance(50);
  expect(heard).toEqual([...Array.from({ length: 1200 }, (_, index) => index + 10), 1500]);
  expect([tail.head, clock.pending]).toEqual([1500, 0]);
});

test('asks again while the store is away', async () => {
  isAway = true;
  kept.push(...[4, 5].map(fact));
  tell(5);
  await clock.advance(5000);
  expect(heard).toEqual([]);
  isAway = false;
  await clock.advance(20_000);
  expect(heard).toEqual([4, 5]);
  expect(clock.pending).toBe(0);
});

test('keeps a bounded number of those that came early, and reads the others', async () => {
  const many = Array.from({ length: 10_500 }, (_, index) => index + 5);
  kept.push(fact(4), ...many.map(fact));
  tell(...many);
  await clock.advance(50);
  expect(heard).toEqual([4, ...many]);
});

test('leaves no timer and no listener when it is closed', async () => {
  tell(9);
  expect(clock.pending).toBe(1);
  tail.close();
  expect(clock.pending).toBe(0);
  tell(4);
  expect(heard).toEqual([]);
});
