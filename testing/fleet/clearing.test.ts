import { expect, test } from 'vitest';
import { clearedAfter } from './clearing.js';

const failing = (message: string) => async (): Promise<never> => {
  throw new Error(message);
};

test('what work answers comes after everything is cleared up', async () => {
  const done: string[] = [];
  const work = async () => done.push('work');
  await expect(clearedAfter(work, [async () => done.push('first'), () => done.push('second')])).resolves.toBe(
    1,
  );
  expect(done).toEqual(['work', 'first', 'second']);
});

test('an ending that fails hides no failure of the work, and keeps no other ending from happening', async () => {
  let isClosed = false;
  const close = () => {
    isClosed = true;
  };
  const ended = clearedAfter(failing('a message was lost'), [failing('a browser is left'), close]);
  await expect(ended).rejects.toMatchObject({
    message: 'a message was lost',
    errors: [{ message: 'a message was lost' }, { message: 'a browser is left' }],
  });
  expect(isClosed).toBe(true);
});

test('one failure is told as it is, of the work as well as of an ending', async () => {
  const lost = new Error('lost');
  await expect(clearedAfter(() => Promise.reject(lost), [() => {}])).rejects.toBe(lost);
  await expect(clearedAfter(async () => 1, [failing('left'), () => {}])).rejects.toThrow('left');
});
