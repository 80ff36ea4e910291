import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from './sqlite-database.js';
import { sqliteStore } from './sqlite-store.js';
import { StoreChild } from './store-child.fixture.js';

const ROUNDS = 25;

describe('a sqlite store whose process is killed', () => {
  let folder: string;
  let path: string;
  const children: StoreChild[] = [];
  const start = (...args: ConstructorParameters<typeof StoreChild>) => {
    const child = new StoreChild(...args);
    children.push(child);
    return child;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wakeeper-kill-'));
    path = join(folder, 'wakeeper.db');
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await child.kill();
    await rm(folder, { recursive: true });
  });

  it(`loses nothing that it acknowledged and lets nothing overtake, ${ROUNDS} times`, async () => {
    const acknowledged = new Map<string, { instance: string | undefined; seq: number | undefined }>();
    let integrity = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const child = start('produce', path, `${round}`);
      // In the middle of the writing, at another point in each round.
      await child.until(() => child.lines.length > 200 + 37 * round || undefined);
      await child.kill();
      expect(child.process.signalCode).toBe('SIGKILL');
      for (const { id, instance, seq } of child.lines)
        if (id !== undefined) acknowledged.set(id, { instance, seq });
      const database = new Database(path);
      if (database.get('PRAGMA integrity_check')?.integrity_check === 'ok') integrity += 1;
      database.close();
    }

    const store = sqliteStore({ path });
    expect(await store.open()).toMatchObject({ epoch: ROUNDS + 1 });
    const depths = await store.queue.depths();
    const stored = new Map<string, { instance: string; seq: number }>();
    let overtaken = 0;
    for (const instance of depths.keys()) {
      const last = new Map<string, number>();
      const items = await store.queue.list({ instanceId: instance, limit: 1_000_000 });
      expect(items.length).toBe(depths.get(instance));
      for (const { id, seq } of items) {
        stored.set(id, { instance, seq });
        const [round, producer, count] = id.split('/');
        const before = last.get(`${round}/${producer}`) ?? -1;
        if (Number(count) !== before + 1) overtaken += 1;
        last.set(`${round}/${producer}`, Number(count));
      }
    }
    await store.close();
    const lost = [...acknowledged].filter(([id, at]) => {
      const found = stored.get(id);
      return found?.instance !== at.instance || found?.seq !== at.seq;
    });
    console.log(
      `kill -9 ×${ROUNDS}: ${acknowledged.size} acknowledged, ${stored.size} stored, ${lost.length} lost, ${overtaken} overtaken, integrity ok ${integrity}×`,
    );
    expect(acknowledged.size).toBeGreaterThan(ROUNDS * 200);
    expect(lost).toEqual([]);
    expect(overtaken).toBe(0);
    expect(integrity).toBe(ROUNDS);
  }, 300_000);

  it('lets its process exit in the middle of writing, without a crash', async () => {
    for (let round = 0; round < 4; round += 1) {
      const child = start('produce', path, `exit ${round}`);
      await child.until(() => child.lines.length > 100 || undefined);
      child.say();
      expect(await child.ended()).toBe(0);
    }
  });

  it('is held against a second process, and given free by kill -9 at once', async () => {
    const first = start('hold', path);
    await first.line(({ opened }) => opened === 1);
    const second = start('hold', path);
    expect((await second.line(({ refused }) => refused !== undefined)).refused).toEqual({
      code: 'STORE_LOCKED',
      message: expect.stringMatching(/wakeeper\.db is in use.*wakeeper\.db\.lock.*Stop it/),
    });
    expect(await second.ended()).toBe(3);
    await first.kill();
    const store = sqliteStore({ path });
    await expect(store.open()).resolves.toMatchObject({ epoch: 2 });
    await store.close();
  });
});
