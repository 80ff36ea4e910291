import { describeStore } from '../../ports/store.contract.js';
import { MemoryData } from './memory-data.js';
import { memoryStore } from './memory-store.js';

describeStore('memory', async () => {
  const data = new MemoryData();
  return {
    store: () => memoryStore({ data }),
    usurp: async () => void (await memoryStore({ data }).open()),
    dispose: async () => {},
  };
});
