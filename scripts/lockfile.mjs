/**
 * Completes package-lock.json. npm leaves out the builds of a program for other platforms (`optionalDependencies`) when
 * the registry that it asks does not carry them, as mirrors often do not, and `npm ci` then refuses the lock everywhere.
 * With `--check` it writes nothing, and fails when something is missing.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const { packages } = lock;

const OS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const CPU = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

/** Where node would find the package from that place, innermost first. */
function placesOf(name, from) {
  const places = [`${from}/node_modules/${name}`];
  for (let at = from.lastIndexOf('/node_modules/'); at >= 0; at = from.lastIndexOf('/node_modules/', at - 1))
    places.push(`${from.slice(0, at)}/node_modules/${name}`);
  return [...places, `node_modules/${name}`];
}

/** What the name says about the platform, so that npm does not ask for the package on any other. */
function entryOf(name, version, parent) {
  const words = name.split(/[/-]/);
  const os = OS.filter((system) => words.includes(system));
  const cpu = CPU.filter((processor) => words.includes(processor));
  const libc =
    words.includes('musl') || words.includes('musleabihf')
      ? ['musl']
      : words.includes('gnu')
        ? ['glibc']
        : [];
  return {
    version,
    ...(cpu.length > 0 && { cpu }),
    ...(parent.dev && { dev: true }),
    ...(libc.length > 0 && { libc }),
    optional: true,
    ...(os.length > 0 && { os }),
    ...(parent.peer && { peer: true }),
  };
}

const missing = Object.entries(packages).flatMap(([from, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !placesOf(name, from).some((place) => place in packages))
    .map(([name, version]) => ({ name, version, entry })),
);

if (process.argv.includes('--check')) {
  if (missing.length > 0) {
    console.error(
      `package-lock.json lacks ${missing.map(({ name }) => name).join(', ')}: run npm run lockfile.`,
    );
    process.exitCode = 1;
  }
} else {
  for (const { name, version, entry } of missing)
    packages[`node_modules/${name}`] = entryOf(name, version, entry);
  lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${missing.length} added.`);
}
