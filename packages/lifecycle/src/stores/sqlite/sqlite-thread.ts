/** Starts the store's thread, from the sources as well as from the built package. */
import { type MessagePort, Worker } from 'node:worker_threads';
import type { WorkerInput } from './sqlite-worker.js';

const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
const file = new URL(`./sqlite-worker${extension}`, import.meta.url);

/** On Node 20 a thread does not inherit the loader that runs TypeScript sources, so it registers it first. */
const fromSources = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(file.href)}); })`;

export function startThread(input: WorkerInput, port: MessagePort): Worker {
  const options = { workerData: input, transferList: [port], name: 'wakeeper-store' };
  return extension === '.ts'
    ? new Worker(fromSources, { ...options, eval: true })
    : new Worker(file, options);
}
