import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { pssOfTree } from './process-tree.js';

const MIB = 2 ** 20;
let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
});

/** A node that holds so much, which a node in between has started; both live until killed. */
const holding = (mib: number): string =>
  `globalThis.held = Buffer.alloc(${mib * MIB}, 1); process.stdout.write('held'); setInterval(() => {}, 1000);`;
const between = (script: string): string =>
  `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(script)}], { stdio: 'inherit' }); setInterval(() => {}, 1000);`;

test('the memory of a process counts that of its children', async () => {
  child = spawn(process.execPath, ['-e', between(holding(64))], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!child.stdout || child.pid === undefined) throw new Error('the child has no output');
  await once(child.stdout, 'data');
  const held = await pssOfTree(child.pid);
  process.kill(-child.pid, 'SIGKILL');
  expect(held).toBeGreaterThan(64 * MIB);
  expect(held).toBeLessThan(64 * MIB + 200 * MIB);
});

test('a process that is not there takes nothing, and that is said', async () => {
  // No process has this number: it is above what the kernel gives out.
  await expect(pssOfTree(2 ** 30)).rejects.toThrow('Linux only');
});
