/** Everything that must hold before a change is merged, in the order in which a fault is cheapest to find. */
import { availableParallelism } from 'node:os';
import { check, conclude, environmentWithBrowser, suite } from './steps.mjs';

const env = environmentWithBrowser();

await check('build', 'npm', ['run', '--silent', 'build']);
await check('types', 'npm', ['run', '--silent', 'types']);
// Pages that are written by a program say what the program would write now.
for (const page of ['chart', 'config-docs'])
  await check(`${page} --check`, 'npm', ['run', '--silent', page, '--', '--check']);
await suite({ name: 'fast tests', projects: ['fast'], env });
// Much of their time is waiting, for a browser or for a process.
const workers = availableParallelism() + 1;
await suite({ name: 'process and chrome tests', projects: ['process', 'chrome'], env, workers });
await suite({ name: 'nodes tests', projects: ['nodes'], env });
await check('packed packages', 'node', ['scripts/smoke-packages.mjs'], env);
conclude();
