/** The records, requests and facts that the store's contract works with: whole, valid, and different where it matters. */
import type { FactDraft, StateFact } from '../domain/fact.js';
import type { InstanceRecord } from '../domain/instance-record.js';
import type { EnqueueRequest, ItemChange, QueueStore } from './store.js';

export const someRecord = (id: string, change: Partial<InstanceRecord> = {}): InstanceRecord => ({
  id,
  wanted: 'running',
  state: 'ready',
  detail: 'ready',
  since: 1_700_000_000_123,
  reason: null,
  generation: 3,
  restarts: [1_700_000_000_001, 1_700_000_000_002],
  attempts: 2,
  lastError: {
    code: 'BROWSER_EXITED',
    message: 'The browser ended: "Größe" \u2028 😀',
    at: 1_700_000_000_000,
  },
  paired: true,
  me: { id: '4915112345678@c.us', phoneNumber: '4915112345678', pushName: null },
  account: { id: '4915112345678@c.us', phoneNumber: '4915112345678', pushName: null },
  expectedAccount: null,
  isBehind: false,
  restriction: null,
  labels: { team: 'sales', 'with "quotes"': 'x' },
  proxy: null,
  createdAt: 1_600_000_000_000,
  ...change,
});

export const stateFact = (instanceId: string, change: Partial<StateFact> = {}, at = 1000): FactDraft => ({
  type: 'instance.state',
  instanceId,
  at,
  body: {
    state: 'connecting',
    detail: 'connecting.launching',
    previous: 'disconnected',
    wanted: 'running',
    reason: null,
    retryAt: null,
    generation: 1,
    ...change,
  },
});

export const messageFact = (instanceId: string, queueId: string): FactDraft => ({
  type: 'message.queued',
  instanceId,
  at: 1000,
  body: {
    queueId,
    type: 'message',
    status: 'queued',
    to: '4915112345678@c.us',
    messageId: null,
    ack: null,
    metadata: { order: 7 },
    error: null,
    errorCode: null,
  },
});

/** A message that is told once. */
export const heardFact = (
  instanceId: string,
  id: string,
  heardUntil: number | null = null,
  at = 1000,
): FactDraft => ({
  type: 'message.received',
  instanceId,
  at,
  body: {
    id,
    chatId: '4915112345678@c.us',
    fromMe: false,
    phoneNumber: '4915112345678',
    lid: null,
    participant: null,
    pushName: 'Bo "ü"',
    type: 'chat',
    body: 'Hello',
    media: null,
    location: null,
    quotedId: null,
    timestamp: 7000,
    source: 'phone',
    backfilled: false,
  },
  once: { key: `message ${id}`, heardUntil },
});

export const alertFact = (name: string): FactDraft => ({
  type: 'alert.raised',
  instanceId: null,
  at: 1000,
  body: { name, message: 'Something is up.', instances: ['a', 'b'] },
});

/** A fact that no store can write: its body refers to itself. */
export function unwritableFact(instanceId: string): FactDraft {
  const metadata: Record<string, unknown> = {};
  metadata.itself = metadata;
  const fact = messageFact(instanceId, 'none');
  return { ...fact, body: { ...fact.body, metadata } } as FactDraft;
}

export const someRequest = (
  instanceId: string,
  id: string,
  change: Partial<EnqueueRequest> = {},
): EnqueueRequest => ({
  id,
  instanceId,
  content: { type: 'message', payload: { to: '4915112345678@c.us', text: `text of ${id}` } },
  account: null,
  metadata: null,
  createdAt: 1000,
  expiresAt: null,
  maxQueueSize: 200,
  idempotency: null,
  ...change,
});

/** Enqueues items with these ids, in this order. */
export async function enqueueAll(
  queue: QueueStore,
  instanceId: string,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) await queue.enqueue(someRequest(instanceId, id), []);
}

/** The first step of an item's life: its attempt begins. */
export const attempt = (instanceId: string, id: string, messageKey = `key-${id}`): ItemChange => ({
  instanceId,
  id,
  from: ['queued'],
  status: 'sending',
  attempts: 1,
  messageKey,
  attemptedAt: 1500,
});

export const settle = (
  instanceId: string,
  id: string,
  status: 'sent' | 'failed' | 'expired' | 'cancelled',
  settledAt = 2000,
): ItemChange => ({ instanceId, id, from: ['queued', 'sending', 'uncertain'], status, settledAt });
