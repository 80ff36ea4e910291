/**
 * A process of its own with a store in it, for tests that kill it. It says what happened in lines of JSON, written
 * synchronously: what was acknowledged is out before anything can end the process.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { someRequest } from '../../ports/store-samples.contract.js';
import { sqliteStore } from './sqlite-store.js';

const [job = '', path = '', name = ''] = process.argv.slice(2);
function say(line: unknown): void {
  let rest = Buffer.from(`${JSON.stringify(line)}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // The pipe is full: its reader is slower than this process for a moment.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
const told = (error: unknown) => {
  const { code, message } = error as { code?: string; message: string };
  return { code, message };
};

const store = sqliteStore({ path });
try {
  say({ opened: (await store.open()).epoch });
} catch (error) {
  say({ refused: told(error) });
  process.exit(3);
}

/** 50 producers, five to an instance, each sending one item after the other until the process is killed. */
async function produce(producer: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    const result = await store.queue.enqueue(
      someRequest(`i${producer % 10}`, `${name}/${producer}/${count}`, { maxQueueSize: 1_000_000 }),
      [],
    );
    if (result.outcome === 'queued')
      say({ id: result.item.id, instance: result.item.instanceId, seq: result.item.seq });
  }
}

/** Writes until the disk refuses, then waits for a line on stdin, and writes again. */
async function fill(): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const text = 'x'.repeat(20_000);
  const enqueue = (id: string) => {
    const content = { type: 'message', payload: { to: '49@c.us', text } } as const;
    return store.queue.enqueue(someRequest('a', id, { content, maxQueueSize: 1_000_000 }), []);
  };
  await lines.next();
  let failures = 0;
  for (let count = 0; failures < 20; count += 10) {
    const ids = Array.from({ length: 10 }, (_, index) => `${count + index}`);
    const answers = await Promise.allSettled(ids.map(enqueue));
    for (const [index, answer] of answers.entries()) {
      if (answer.status === 'fulfilled') say({ id: ids[index] });
      else say({ failed: ids[index], ...told(answer.reason) });
    }
    failures += answers.filter(({ status }) => status === 'rejected').length;
  }
  say({ full: await store.check().then(() => null, told), head: (await store.queue.head('a'))?.id });
  await lines.next();
  await store.check();
  await enqueue('after');
  say({ id: 'after' });
  await store.close();
  process.exit(0);
}

if (job === 'produce') {
  for (let producer = 0; producer < 50; producer += 1) void produce(producer);
  process.stdin.once('data', () => process.exit(0));
}
if (job === 'fill') await fill();
