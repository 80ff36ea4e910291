import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ExampleProcess, removeFolder, temporaryFolder } from '../example-process.fixture.js';

let folder: string;
let example: ExampleProcess | undefined;
const start = async () => {
  example = await ExampleProcess.start({ example: 'embed', folder, env: { DRIVER: 'simulated' } });
  return example;
};
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await example?.kill();
  await removeFolder(folder);
});

describe('wakeeper in a service', () => {
  test('shows a code as text, becomes ready when it is scanned, sends a message and a poll, and ends on SIGTERM', async () => {
    const first = await start();
    await first.prints(/instance\.qr shop/);
    await first.prints(/(.*[▀▄█].*\n){20}/);
    await first.prints(/instance\.state shop ready \(healthy\)/);
    const sent =
      /status: 'sent',\s+instanceState: 'ready',\s+queueDepth: 0,\s+messageId: 'true_\d+@c\.us_\w+'/;
    await first.prints(sent);
    await first.prints(new RegExp(`${sent.source}[^]*${sent.source}`));
    expect(first.output.match(/message\.sent shop/g)).toHaveLength(2);
    expect(await first.stop()).toBe(0);
  });

  test('sends at the second start what the first had accepted and not yet sent', async () => {
    const first = await start();
    await first.prints(/message\.queued shop/);
    expect(await first.stop()).toBe(0);
    const left = count(first, 'queued') - count(first, 'sent');
    const second = await start();
    await second.prints(new RegExp(`(message\\.sent shop[^]*){${left + 2}}`));
    expect(count(second, 'queued')).toBe(2);
    expect(await second.stop()).toBe(0);
  });
});

const count = ({ output }: ExampleProcess, what: 'queued' | 'sent'): number =>
  output.match(new RegExp(`message\\.${what} shop`, 'g'))?.length ?? 0;
