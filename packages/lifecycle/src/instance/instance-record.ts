/** Between the chart and what is kept of it. */
import type { InstanceRecord } from '../domain/instance-record.js';
import type { InstanceState, Wanted } from '../domain/instance-state.js';
import { restartsInWindow } from '../policy/restart-window.js';
import type { InstanceSnapshot } from './instance-machine.js';

export interface NewRecord {
  readonly id: string;
  readonly wanted: Wanted;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly proxy?: string | null;
  readonly paired?: boolean;
  readonly expectedAccount?: string | null;
}

export const newRecord = ({
  id,
  wanted,
  now,
  labels = {},
  proxy = null,
  paired = false,
  expectedAccount = null,
}: NewRecord): InstanceRecord => ({
  id,
  wanted,
  state: 'disconnected',
  detail: 'stopped',
  since: now,
  reason: null,
  generation: 0,
  restarts: [],
  attempts: 0,
  lastError: null,
  paired,
  me: null,
  account: null,
  expectedAccount,
  isBehind: false,
  restriction: null,
  labels,
  proxy,
  createdAt: now,
});

/** The session is open and linked, and its page cannot do what is needed. */
export const isIncompatible = (detail: string): boolean =>
  detail === 'incompatible' || detail === 'retesting';

/** The top-level key of the state value is the public state, the key below it the detail. */
export function placeOf({ value }: Pick<InstanceSnapshot, 'value'>): {
  readonly state: InstanceState;
  readonly detail: string;
} {
  const [state, detail] = Object.entries(value as Record<string, string>)[0] ?? [];
  if (!state || !detail) throw new Error(`no place in ${JSON.stringify(value)}`);
  return { state: state as InstanceState, detail };
}

/** What is kept of an instance that the chart has brought to this place. */
export function recordAfter(
  record: InstanceRecord,
  { context }: Pick<InstanceSnapshot, 'context'>,
  place: Pick<InstanceRecord, 'state' | 'detail'>,
  at: number,
): InstanceRecord {
  return {
    ...record,
    ...place,
    wanted: context.wanted,
    since: place.state === record.state ? record.since : at,
    reason: context.reason,
    generation: context.generation,
    restarts: context.restarts,
    attempts: context.attempts,
    lastError: context.lastError,
    paired: context.paired,
    me: context.me,
    isBehind: record.isBehind || isIncompatible(place.detail),
  };
}

/** Restart times are clamped to now: a clock that was set back must not keep the window full for ever. */
export function clampRecord(record: InstanceRecord, now: number, windowMs: number): InstanceRecord {
  return { ...record, restarts: restartsInWindow(record.restarts, now, windowMs) };
}
