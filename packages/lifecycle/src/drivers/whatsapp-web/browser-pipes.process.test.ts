import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { containPipeErrors } from './browser-pipes.js';

const children: ChildProcess[] = [];
let undo = (): void => {};
afterEach(() => {
  undo();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A child with the pipes of a browser. */
async function start(...args: string[]): Promise<ChildProcess> {
  const script = 'process.stdin.resume()';
  const stdio = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'] as const;
  const child = spawn(process.execPath, ['-e', script, '--', ...args], { stdio: [...stdio] });
  children.push(child);
  await Promise.resolve();
  return child;
}
const breakPipes = (child: ChildProcess) => {
  for (const pipe of child.stdio) pipe?.emit('error', new Error('read ECONNRESET'));
};

describe('a pipe that breaks', () => {
  it('to a browser that is killed ends nothing, from the moment of its launch on', async () => {
    undo = containPipeErrors();
    const browser = await start('--remote-debugging-pipe');
    expect(() => breakPipes(browser)).not.toThrow();
  });

  it('to any other child is still the business of who started it', async () => {
    undo = containPipeErrors();
    const other = await start('--something-else');
    expect(() => breakPipes(other)).toThrow('ECONNRESET');
  });

  it('is nobody’s business any more once that is undone', async () => {
    containPipeErrors()();
    const browser = await start('--remote-debugging-pipe');
    expect(() => breakPipes(browser)).toThrow('ECONNRESET');
  });
});
