/** The fact that tells of a move: where an instance has come to, and why. */
import type { FactDraft } from '../domain/fact.js';
import type { InstanceRecord } from '../domain/instance-record.js';
import type { InstanceContext } from '../instance/instance-events.js';

export interface MoveTold {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly cause: string | null;
  /** A failure was noted with the move: only then is the page's reason for a logout news. */
  readonly isFailure: boolean;
}

export function stateFact(
  { id, state: previous }: InstanceRecord,
  { state, detail }: Pick<InstanceRecord, 'state' | 'detail'>,
  { wanted, reason, retryAt, generation, lastError }: InstanceContext,
  { at, cause, isFailure }: MoveTold,
): FactDraft {
  const logoutReason = isFailure ? lastError?.logoutReason : undefined;
  const body = { state, detail, previous, wanted, reason, cause, retryAt, generation };
  return {
    type: 'instance.state',
    instanceId: id,
    at,
    body: logoutReason === undefined ? body : { ...body, logoutReason },
  };
}
