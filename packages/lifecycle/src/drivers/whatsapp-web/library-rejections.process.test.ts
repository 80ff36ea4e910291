import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./rejecting-process.fixture.ts', import.meta.url));

function run(rejection: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const args = ['--conditions=wakeeper-source', '--import', 'tsx', SCRIPT, rejection];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

describe('the guard over unhandled rejections', () => {
  it('contains one that comes from the library alone, and reports it', async () => {
    const { code, stdout } = await run('library');
    expect(stdout).toMatch(/^contained .*null.*survived/s);
    expect(code).toBe(0);
  });

  it('contains the bare strings that the library throws', async () => {
    expect((await run('string')).stdout).toBe('contained auth timeout\nsurvived\n');
  });

  it.each([
    ['foreign', 'a bug of somebody else'],
    ['otherString', 'something else'],
    ['callerOfTheLibrary', 'null'],
  ])('lets every other one end the process, with its reason (%s)', async (rejection, reason) => {
    const { code, stdout, stderr } = await run(rejection);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(reason);
  });
});
