import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** What each room of the library may import; adapters and the files that tests share are told apart below. */
const INNER = ['domain', 'policy', 'ports'];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: ['domain'],
  policy: ['domain', 'policy'],
  ports: INNER,
  instance: [...INNER, 'instance'],
  queue: [...INNER, 'queue'],
  manager: [...INNER, 'instance', 'queue', 'manager'],
  cluster: [...INNER, 'instance', 'queue', 'manager', 'cluster'],
  drivers: INNER,
  stores: INNER,
};

/** Where the environment is read: the server's configuration, and the place that looks for a browser on the PATH. */
const ENVIRONMENT_READERS = [
  'packages/lifecycle/src/drivers/whatsapp-web/browser-finder.ts',
  'packages/server/src/config.ts',
];

/** Programs: what runs when they are loaded. Everything else only declares. */
const PROGRAMS = ['packages/server/src/main.ts', 'packages/lifecycle/src/stores/sqlite/sqlite-worker.ts'];

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Source {
  /** From the root of the workspace. */
  readonly path: string;
  readonly text: string;
}

const sourcesIn = (...folders: readonly string[]): readonly Source[] =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|js|mjs)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !/node_modules|\/dist\//.test(path))
      .map((path) => ({ path: relative(root, path), text: readFileSync(path, 'utf8') })),
  );

/** Tests, and what only tests import, put rooms together that know nothing of each other. */
const isForTests = ({ path }: Source): boolean => /\.(test|fixture|contract)\.ts$|\/testing\//.test(path);

const importsOf = ({ text }: Source): readonly string[] =>
  [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] as string);

/** `drivers/simulated` for adapters, which do not see each other; else the room's name. */
const roomOf = (path: string): string => {
  const [room = '', adapter = '', ...rest] = path.replace(/^packages\/\w+\/src\//, '').split('/');
  return rest.length > 0 && (room === 'drivers' || room === 'stores') ? `${room}/${adapter}` : room;
};

const library = sourcesIn('packages/lifecycle/src');
const server = sourcesIn('packages/server/src');
const product = [...library, ...server].filter((source) => !isForTests(source));
const workspace = sourcesIn('packages', 'testing', 'scripts', 'bench', 'examples');

describe('the rooms of the library', () => {
  const inRooms = library.filter(
    (source) => !isForTests(source) && (roomOf(source.path) in MAY_IMPORT || isAdapter(source)),
  );

  it('import in one direction', () => {
    const wrong = inRooms.flatMap((source) => {
      const own = roomOf(source.path);
      const allowed = [...(MAY_IMPORT[own.split('/')[0] as string] ?? []), own];
      return importsOf(source)
        .filter((target) => target.startsWith('.'))
        .map((target) => join(dirname(source.path), target))
        .filter((target) => !allowed.includes(roomOf(target)))
        .map((target) => `${source.path} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('know no HTTP, and nothing of the server', () => {
    const foreign = /^(hono|@hono\/|@wakeeper\/|pino|zod|node:https?$)/;
    const wrong = product
      .filter(({ path }) => path.startsWith('packages/lifecycle/'))
      .flatMap((source) =>
        importsOf(source)
          .filter((target) => foreign.test(target))
          .map((target) => `${source.path} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it('are all named in this test', () => {
    const rooms = new Set(
      library.map(({ path }) => roomOf(path).split('/')[0] as string).filter((room) => !room.endsWith('.ts')),
    );
    expect([...rooms].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
  });
});

describe('the server', () => {
  it('knows the library by its doors', () => {
    const wrong = server.flatMap((source) =>
      importsOf(source)
        .filter((target) => /lifecycle\/(src|dist)|^(\.\.\/)+lifecycle/.test(target))
        .map((target) => `${source.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('is configured in one place', () => {
    // Children inherit the environment by `...process.env`, which reads nothing out of it.
    const readers = product.filter(({ text }) =>
      text.replaceAll('...process.env', '').includes('process.env'),
    );
    expect(readers.map(({ path }) => path).filter((path) => !ENVIRONMENT_READERS.includes(path))).toEqual([]);
  });
});

describe('every file', () => {
  it('only declares, unless it is a program', () => {
    // Formatted code has its top-level statements, and nothing else, at the left margin.
    const statement = /^(?:await |if \(|for \(|while \(|try \{|void |new |[A-Za-z_$][\w$.?]*\()/m;
    const withoutTemplates = (text: string): string =>
      text.replace(/\/\*[\s\S]*?\*\/|`(?:[^`\\]|\\[\s\S])*`/g, '');
    const active = product
      .filter(({ text }) => statement.test(withoutTemplates(text)))
      .map(({ path }) => path);
    expect(active.filter((path) => !PROGRAMS.includes(path))).toEqual([]);
  });

  it('is one room of at most 400 lines', () => {
    const long = workspace
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > 400);
    expect(long).toEqual([]);
  });

  it('is named by what it holds, not a drawer', () => {
    const drawer = /(^|\/)(utils?|helpers?|common|types|misc|shared|lib)(\/|\.)/;
    expect(workspace.map(({ path }) => path).filter((path) => drawer.test(path))).toEqual([]);
  });
});

describe('every example', () => {
  it('is run by a test of its own', () => {
    const paths = workspace.map(({ path }) => path).filter((path) => /^examples\/.+\//.test(path));
    const folderOf = (path: string): string => path.split('/')[1] as string;
    const tested = new Set(paths.filter((path) => path.endsWith('.test.ts')).map(folderOf));
    expect(paths.length).toBeGreaterThan(0);
    expect([...new Set(paths.map(folderOf))].filter((folder) => !tested.has(folder))).toEqual([]);
  });
});

function isAdapter({ path }: Source): boolean {
  return /\/src\/(drivers|stores)\/[^/]+\//.test(path);
}
