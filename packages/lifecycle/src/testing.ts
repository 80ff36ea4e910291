/** The doubles, and the contract suites that adapters of one's own can run. The suites need vitest. */

export type { StoreFixture } from './ports/store.contract.js';
export { describeStore } from './ports/store.contract.js';
export { MemoryData } from './stores/memory/memory-data.js';
export type { MemoryStoreOptions } from './stores/memory/memory-store.js';
export { memoryStore } from './stores/memory/memory-store.js';
