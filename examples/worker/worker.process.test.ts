import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blocksOf } from '../../scripts/code-blocks.mjs';
import { ExampleProcess, removeFolder, temporaryFolder } from '../example-process.fixture.js';

let folder: string;
const workers: ExampleProcess[] = [];
const start = async () => {
  const worker = await ExampleProcess.start({ example: 'worker', folder });
  workers.push(worker);
  return worker;
};
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.kill()));
  await removeFolder(folder);
});

const all = ['order-1', 'order-2'];
const doneBy = ({ output }: ExampleProcess, how: string): string[] =>
  [...output.matchAll(/^(order-\d) is done: (.*)$/gm)].flatMap(([, id = '', what]) =>
    what === how ? [id] : [],
  );

describe('the library alone, in a worker', () => {
  test('becomes ready, and does each job once, over an end in the middle of the work', async () => {
    const first = await start();
    await first.prints(/shop is ready \(healthy\)/);
    await first.prints(/order-1 is done: message\.sent/);
    expect(await first.stop()).toBe(0);
    const sent = doneBy(first, 'message.sent');
    const left = all.filter((id) => !sent.includes(id));
    expect(first.output).toContain(`closed, unfinished: ${left.join(', ') || 'none'}\n`);

    const second = await start();
    for (const id of all) await second.prints(new RegExp(`${id} is done`));
    expect(doneBy(second, 'sent before')).toEqual(sent);
    expect(doneBy(second, 'message.sent')).toEqual(left);
    expect(await second.stop()).toBe(0);
    expect(second.output).toContain('closed, unfinished: none\n');
  });

  test('is refused beside another one on the same store, in the words that docs/embedding.md shows', async () => {
    const first = await start();
    await first.prints(/shop is /);
    const second = await start();
    expect(await second.ends()).toBe(1);
    const shown = blocksOf('docs/embedding.md').find(({ language }) => language === 'text');
    expect(second.output.replaceAll(folder, '/srv/shop')).toContain(shown?.code);
  });
});
