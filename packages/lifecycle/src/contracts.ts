/** @wakeeper/lifecycle/contracts: what an adapter of your own must keep. The suites run in vitest, a peer dependency. */
export type { Delivered, DriverHarness, Picture } from './ports/driver.contract.js';
export { describeDriver } from './ports/driver.contract.js';
export type { StoreFixture } from './ports/store.contract.js';
export { describeStore } from './ports/store.contract.js';
