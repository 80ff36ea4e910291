/** A queue whose instance is paired with another account: what it does with the items of the one before. */
import { describe, expect, it } from 'vitest';
import { INSTANCE, QueueScene } from './queue-scene.fixture.js';

const A = '4915100000011';
const B = '4915100000012';

/** Ready with the number A, closed again. */
async function closedAfterA(): Promise<QueueScene> {
  const scene = await QueueScene.open({ sendIntervalMs: 0 });
  scene.whatsapp.pairAs(INSTANCE, A);
  await scene.becomeReady();
  await scene.closeGeneration();
  return scene;
}
async function readyAs(scene: QueueScene, number: string): Promise<void> {
  scene.whatsapp.pairAs(INSTANCE, number);
  await scene.becomeReady();
  await scene.clock.advance(0);
}

describe('items of another account', () => {
  it('are held in one go, a hundred at a time, before the first of the new account is sent', async () => {
    const scene = await closedAfterA();
    const words = Array.from({ length: 150 }, (_, nth) => `of A ${nth}`);
    await scene.acceptAll(...words);
    await readyAs(scene, B);
    await scene.accept('of B');
    await scene.untilIdle();
    expect(scene.delivered).toEqual(['of B']);
    expect(scene.queue).toMatchObject({ depth: 0, held: 150 });
    expect(scene.factTypes().filter((type) => type === 'message.held')).toHaveLength(150);
  });

  it('that were accepted without an account are those of the account that was known', async () => {
    const scene = await closedAfterA();
    const { queueId } = await scene.accept('old', { account: null });
    await readyAs(scene, B);
    await scene.clock.until(() => scene.queue.held === 1);
    expect(scene.item(queueId)).toMatchObject({ held: true, account: `${A}@c.us` });
  });

  it('that come in when the change is over already are held in their turn', async () => {
    const scene = await closedAfterA();
    await readyAs(scene, B);
    const { queueId } = await scene.accept('late', { account: `${A}@c.us` });
    await scene.untilIdle();
    expect(scene.delivered).toEqual([]);
    expect(scene.item(queueId)).toMatchObject({ status: 'queued', held: true });
  });

  it('that are held in their turn expire in their time, although the queue goes on', async () => {
    const scene = await closedAfterA();
    await readyAs(scene, B);
    const { queueId } = await scene.accept('late', { account: `${A}@c.us`, ttlMs: 60_000 });
    await scene.untilIdle();
    expect(scene.item(queueId)).toMatchObject({ held: true });
    await scene.clock.advance(10 * 60_000);
    expect(scene.item(queueId)).toMatchObject({ status: 'expired' });
  });

  it('that are in flight are settled without a word from the new page', async () => {
    const scene = await closedAfterA();
    await scene.becomeReady();
    scene.faults.next('ack', 'stuck');
    const { queueId } = await scene.accept('on its way');
    await scene.clock.advance(5_000);
    expect(scene.item(queueId).status).toBe('sending');
    await scene.closeGeneration();
    const asked = scene.lookUps;
    await readyAs(scene, B);
    await scene.clock.until(() => scene.queue.depth === 0);
    await scene.clock.advance(60_000);
    expect(scene.item(queueId)).toMatchObject({ status: 'uncertain', errorCode: 'UNCERTAIN' });
    expect(scene.lookUps).toBe(asked);
  });

  it('that were in flight in a process that was killed are not asked about either', async () => {
    const scene = await closedAfterA();
    await scene.becomeReady();
    scene.faults.next('ack', 'stuck');
    const { queueId } = await scene.accept('on its way');
    await scene.clock.advance(5_000);
    await scene.restart();
    const asked = scene.lookUps;
    await readyAs(scene, B);
    await scene.clock.until(() => scene.queue.depth === 0);
    expect(scene.item(queueId)).toMatchObject({ status: 'uncertain', account: `${A}@c.us` });
    expect(scene.lookUps).toBe(asked);
  });

  it('are held although the store fails at first, and nothing is sent before', async () => {
    const scene = await closedAfterA();
    await scene.acceptAll('1', '2');
    let failures = 3;
    scene.storeFault = (method) => (method === 'changeAll' && failures-- > 0 ? 'fail' : undefined);
    await readyAs(scene, B);
    expect(scene.queue.held).toBe(0);
    await scene.clock.until(() => scene.queue.held === 2);
    expect(scene.storeErrors.length).toBeGreaterThan(0);
    expect(scene.delivered).toEqual([]);
  });

  it('are left alone when ready is lost before they are held, and held at the next', async () => {
    const scene = await closedAfterA();
    await scene.acceptAll('1');
    scene.storeFault = (method) => (method === 'list' ? 'fail' : undefined);
    await readyAs(scene, B);
    await scene.closeGeneration();
    scene.storeFault = () => undefined;
    await scene.clock.advance(60_000);
    expect(scene.queue).toMatchObject({ depth: 1, held: 0 });
    await scene.becomeReady();
    await scene.clock.until(() => scene.queue.held === 1);
    expect(scene.delivered).toEqual([]);
  });
});
