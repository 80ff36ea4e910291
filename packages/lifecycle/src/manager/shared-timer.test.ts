import { expect, test } from 'vitest';
import { VirtualClock } from '../ports/virtual-clock.js';
import { SharedTimer } from './shared-timer.js';

const world = () => {
  const clock = new VirtualClock();
  const ran: [string, number][] = [];
  const began = clock.now();
  const timer = new SharedTimer<string>(clock, (key) => ran.push([key, clock.now() - began]));
  return { clock, ran, timer, at: (ms: number) => began + ms };
};

test('runs each at its time, whatever the order in which they were set', async () => {
  const { clock, ran, timer, at } = world();
  timer.set('late', at(300));
  timer.set('early', at(100));
  timer.set('middle', at(200));
  await clock.advance(1_000);
  expect(ran).toEqual([
    ['early', 100],
    ['middle', 200],
    ['late', 300],
  ]);
});

test('runs what was set again at its new time alone, and what was cleared never', async () => {
  const { clock, ran, timer, at } = world();
  timer.set('moved', at(100));
  timer.set('moved', at(250));
  timer.set('cleared', at(200));
  timer.clear('cleared');
  await clock.advance(1_000);
  expect(ran).toEqual([['moved', 250]]);
});

test('lets what runs set itself again', async () => {
  const { clock, ran, timer, at } = world();
  timer.set('a', at(100));
  await clock.advance(150);
  timer.set('a', at(200));
  await clock.advance(100);
  expect(ran).toEqual([
    ['a', 100],
    ['a', 200],
  ]);
});
