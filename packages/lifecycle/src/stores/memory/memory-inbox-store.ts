/** What the instances of a memory store have heard. */
import { type InboxStore, KEYS_BEFORE_HEARD_MS } from '../../ports/store.js';
import type { MemoryAccess } from './memory-access.js';

export const memoryInboxStore = (access: MemoryAccess): InboxStore => ({
  begin: (instanceId, account, now, alias = null) =>
    access.write((data) => {
      let inbox = data.inboxes.get(instanceId);
      if (inbox && inbox.account === alias) inbox = { ...inbox, account };
      else if (inbox?.account !== account) inbox = { account, since: now, heardUntil: now };
      data.inboxes.set(instanceId, inbox);
      return { since: inbox.since, heardUntil: inbox.heardUntil };
    }),
  advance: (instanceId, heardUntil) =>
    access.write((data) => {
      const inbox = data.inboxes.get(instanceId);
      if (inbox) inbox.heardUntil = Math.max(inbox.heardUntil, heardUntil);
    }),
  prune: (toldBefore) =>
    access.write((data) => {
      let removed = 0;
      for (const [instanceId, keys] of data.told) {
        const inbox = data.inboxes.get(instanceId);
        const before = Math.min(toldBefore, inbox ? inbox.heardUntil - KEYS_BEFORE_HEARD_MS : toldBefore);
        for (const [key, at] of keys) if (at < before && keys.delete(key)) removed += 1;
        if (keys.size === 0) data.told.delete(instanceId);
      }
      return removed;
    }),
});
