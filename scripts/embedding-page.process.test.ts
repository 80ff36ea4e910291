/**
 * docs/embedding.md against the programs: what it shows of the examples is what they are, and what stands for itself is run
 * here. Its tsconfig and its CommonJS are tried on the packed packages (smoke-packages.mjs).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { removeFolder, temporaryFolder } from '../examples/example-process.fixture.js';
import { blocksOf } from './code-blocks.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const blocks = blocksOf('docs/embedding.md');
const KEEPS_BODIES = 'app.use(express.json({ verify';
const programs = readdirSync(join(ROOT, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) =>
    readdirSync(join(ROOT, 'examples', name), { recursive: true }).map((file) => join(name, String(file))),
  )
  .filter((file) => file.endsWith('main.ts'))
  .map((file) => readFileSync(join(ROOT, 'examples', file), 'utf8'));

describe('docs/embedding.md', () => {
  const shown = blocks.filter(({ language, code }) => language === 'ts' && !code.startsWith(KEEPS_BODIES));

  test.each(shown)('shows lines that an example has: $code', ({ code }) => {
    expect(programs.some((program) => program.includes(code))).toBe(true);
  });

  test('has no other block than these, the one below, and those that are tried on the packed packages', () => {
    expect(shown.length).toBeGreaterThan(5);
    expect(blocks.filter((block) => !shown.includes(block)).map(({ language }) => language)).toEqual([
      'text',
      'ts',
      'json',
      'js',
    ]);
  });

  test('keeps the bodies that an application of Express reads first', async () => {
    const kept = blocks.find(({ code }) => code.startsWith(KEEPS_BODIES))?.code ?? '';
    const folder = await temporaryFolder();
    try {
      await writeFile(join(folder, 'main.mjs'), EXPRESS_WITH.replace('KEPT', kept));
      const child = spawn(
        process.execPath,
        ['--conditions=wakeeper-source', '--import', 'tsx', join(folder, 'main.mjs')],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
          timeout: 60_000,
          killSignal: 'SIGKILL',
        },
      );
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      await once(child, 'close');
      expect(output).toBe('202 shop\n');
    } finally {
      await removeFolder(folder);
    }
  });
});

const EXPRESS_WITH = `
import { once } from 'node:events';
import { getRequestListener } from '@hono/node-server';
import { InstanceManager } from '@wakeeper/lifecycle';
import { memoryStore, simulatedDriver } from '@wakeeper/lifecycle/testing';
import { createApp } from '@wakeeper/server';
import express from 'express';

const manager = await InstanceManager.open({ driver: simulatedDriver(), store: memoryStore() });
const app = express();
KEPT
app.use('/wa', getRequestListener(createApp({ manager }).fetch, { overrideGlobalObjects: false }));
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();
const response = await fetch('http://127.0.0.1:' + port + '/wa/v1/instances', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ id: 'shop', start: false }),
});
console.log(response.status, (await response.json()).id);
await manager.close();
process.exit(0);
`;
