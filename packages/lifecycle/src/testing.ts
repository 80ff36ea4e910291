/** @wakeeper/lifecycle/testing: the doubles. Nothing here needs a test runner: the server plays with them too. */

export type { SimulatedDelivery, SimulatedOpening } from './drivers/simulated/simulated-account.js';
export type { SimulatedDriver, SimulatedDriverOptions } from './drivers/simulated/simulated-driver.js';
export { simulatedDriver } from './drivers/simulated/simulated-driver.js';
export type {
  CallFault,
  FaultInjector,
  FaultKind,
  SimulatedFaults,
} from './drivers/simulated/simulated-faults.js';
export { FaultScript } from './drivers/simulated/simulated-faults.js';
export type { SimulatedTimes } from './drivers/simulated/simulated-options.js';
export { defaultTimes, SIMULATED_SCAN_AFTER_MS } from './drivers/simulated/simulated-options.js';
export type { SimulatedPasskeyRules } from './drivers/simulated/simulated-passkey.js';
export { simulatedAssertion } from './drivers/simulated/simulated-passkey.js';
export type {
  SimulatedBrowser,
  SimulatedPhone,
  SimulatedWhatsAppOptions,
} from './drivers/simulated/simulated-whatsapp.js';
export { SimulatedWhatsApp } from './drivers/simulated/simulated-whatsapp.js';
export type { VirtualClockOptions } from './ports/virtual-clock.js';
export { VirtualClock } from './ports/virtual-clock.js';
export { MemoryData } from './stores/memory/memory-data.js';
export type { MemoryStoreOptions } from './stores/memory/memory-store.js';
export { memoryStore } from './stores/memory/memory-store.js';
