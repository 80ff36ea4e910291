/** The library alone, in a worker: it takes jobs, sends each once, and is done with one when WhatsApp has its message. */
import { InstanceManager, isLifecycleError } from '@wakeeper/lifecycle';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { simulatedDriver } from '@wakeeper/lifecycle/testing';
import { type Job, JobQueue } from './job-queue.js';

const jobs = new JobQueue();
for (const number of [1, 2])
  jobs.add({ id: `order-${number}`, to: '4915112345678', text: `Order ${number} is on its way.` });
const done = (id: unknown, what: string): void => {
  jobs.finish(String(id));
  console.log(`${id} is done: ${what}`);
};

const manager = await InstanceManager.open({
  // For WhatsApp itself: whatsappWebDriver({ authBaseDir: './data/profiles' }) of '@wakeeper/lifecycle/whatsapp-web'.
  driver: simulatedDriver({ scanAfterMs: 500 }),
  store: sqliteStore({ path: './data/wakeeper.db' }),
});
manager.subscribe(({ type, body }) => {
  if ('state' in body) console.log(`shop is ${body.state} (${body.detail})`);
  if ('qr' in body) console.log(`Scan this: ${body.qr}`);
  // Also of messages that an earlier process has accepted: what was given as metadata comes back with the fact.
  if (type === 'message.sent' || type === 'message.failed' || type === 'message.expired')
    done(body.metadata?.job, type);
});
await manager.create({ id: 'shop' }).catch((error: unknown) => {
  // From the second start on it is there already.
  if (!isLifecycleError(error, 'INSTANCE_EXISTS')) throw error;
});

async function work(job: Job): Promise<void> {
  const payload = { to: job.to, text: job.text };
  // A job that comes again has the same key: nothing is sent twice, and this is the receipt of the first time.
  const options = { idempotencyKey: job.id, metadata: { job: job.id }, waitMs: 0 };
  try {
    const { status, queueId } = await manager.send('shop', { type: 'message', payload }, options);
    // Not accepted: a code must be scanned first, or the queue is full.
    if (queueId === null) jobs.giveBack(job, 1000);
    else if (status !== 'queued') done(job.id, `${status} before`);
  } catch (error) {
    // No number that anybody could have, for example. It will not get better.
    if (!isLifecycleError(error)) throw error;
    done(job.id, error.message);
  }
}

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopping.abort());
for await (const job of jobs.take(stopping.signal)) await work(job);
// No more jobs. What is in flight ends, what is queued is kept for the next start, browsers and store are closed.
await manager.close();
console.log(`closed, unfinished: ${jobs.unfinished.join(', ') || 'none'}`);
