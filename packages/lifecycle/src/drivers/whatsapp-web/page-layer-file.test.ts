import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { whatsappWebDriver } from '../../whatsapp-web.js';
import { isMeantFor, readPageLayerFile } from './page-layer-file.js';
import { openSeam, type SeamWorld } from './page-seam.js';
import type { DriverNotice } from './whatsapp-web-options.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wakeeper-layer-'));
});
afterEach(() => rm(folder, { recursive: true }));
const file = async (text: string): Promise<string> => {
  const path = join(folder, 'repair.js');
  await writeFile(path, text);
  return path;
};
/** A document in which our own seam is open. */
const page = () => {
  const document = createContext({});
  runInContext(`(${openSeam})()`, document);
  return document as unknown as SeamWorld & { seen?: unknown };
};

describe("an operator's own repair", () => {
  it('runs at the seam, keeps what it declares to itself, and is in force under its hash', async () => {
    const { name, source } = readPageLayerFile(
      await file('const seam = wakeeperSeam; globalThis.seen = typeof seam.ofLibrary; // no end'),
      undefined,
    );
    const document = page();
    runInContext(source, document);
    expect(document.seen).toBe('function');
    expect(document.wakeeperLayer).toEqual([name]);
    expect(name).toMatch(/^file:[0-9a-f]{12}$/);
    expect(runInContext('typeof seam', document)).toBe('undefined');
  });

  it('is not in force where it fails', async () => {
    const { source } = readPageLayerFile(await file('null.length;'), undefined);
    const document = page();
    expect(() => runInContext(source, document)).toThrow();
    expect(document.wakeeperLayer).toEqual([]);
  });

  it.each([
    ['does not parse', 'const = 1;'],
    ['closes the block around it', '} {'],
  ])('is refused at the start when it %s, with its path and what to do', async (_what, text) => {
    const pageLayerFile = await file(text);
    expect(() => whatsappWebDriver({ authBaseDir: folder, pageLayerFile })).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(/PAGE_LAYER_FILE .*repair\.js is no JavaScript.*unset/),
      }),
    );
  });

  it('is refused at the start when it cannot be read, or its label is none', async () => {
    const missing = { authBaseDir: folder, pageLayerFile: join(folder, 'gone.js') };
    expect(() => whatsappWebDriver(missing)).toThrow(/PAGE_LAYER_FILE .*gone\.js cannot be read \(ENOENT/);
    const unnamed = { authBaseDir: folder, pageLayerFile: await file(''), pageLayerLabel: '=yes' };
    expect(() => whatsappWebDriver(unnamed)).toThrow(/PAGE_LAYER_LABEL must be a label/);
    expect(() => whatsappWebDriver({ authBaseDir: folder, pageLayerLabel: 'canary=yes' })).toThrow(
      /PAGE_LAYER_LABEL .* without PAGE_LAYER_FILE/,
    );
  });

  it.each([
    [undefined, {}, true],
    ['canary=yes', { canary: 'yes' }, true],
    ['canary=yes', { canary: 'no' }, false],
    ['canary=yes', {}, false],
    ['canary', { canary: 'no' }, true],
    ['toString', {}, false],
    ['set=a=b', { set: 'a=b' }, true],
  ])('with the label %s is meant for an instance with %j: %s', async (label, labels, expected) => {
    expect(isMeantFor(readPageLayerFile(await file(''), label), labels)).toBe(expected);
  });

  it('is told at the start, and so is a pinned page', async () => {
    const notices: DriverNotice[] = [];
    whatsappWebDriver({
      authBaseDir: folder,
      pageLayerFile: await file(''),
      pageLayerLabel: 'canary=yes',
      webVersion: '2.3000.1',
      onNotice: (notice) => notices.push(notice),
    });
    expect(notices.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^WEB_VERSION pins WhatsApp Web 2\.3000\.1\./),
      expect.stringMatching(/repair\.js \(file:[0-9a-f]{12}\) .* the instances with the label canary=yes\./),
    ]);
    expect(notices.every(({ instanceId }) => instanceId === null)).toBe(true);
  });
});
